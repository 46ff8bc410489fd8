import { demandedScopes } from '../authorization/unmet-requirement.js'
import type { Requirements } from '../authorization/requirement-types.js'
import type { Settings } from '../options/options.js'
import { pathOnly } from '../request/request-target.js'
import { receivedValues } from '../request/resource-request.js'
import type { ResourceRequest } from '../request/resource-request.js'
import { WELL_KNOWN } from './metadata-options.js'
import type { ResourceSettings } from './metadata-options.js'
import type { SigningKey } from './sign-metadata.js'
import { signJwt } from './sign-metadata.js'

/** The metadata of a protected resource (RFC 9728 §2). */
export interface ProtectedResourceMetadata {
  readonly resource: string
  readonly authorization_servers: readonly string[]
  readonly scopes_supported?: readonly string[]
  readonly bearer_methods_supported: readonly ['header'] | readonly []
  readonly dpop_signing_alg_values_supported?: readonly string[]
  readonly dpop_bound_access_tokens_required?: boolean
  readonly tls_client_certificate_bound_access_tokens?: true
  readonly resource_name?: string
  readonly resource_documentation?: string
  readonly resource_policy_uri?: string
  readonly resource_tos_uri?: string
  readonly signed_metadata?: string
}

/** A request that may be for metadata. */
export interface MetadataRequest {
  readonly method: string
  /** The request target: a path, perhaps with a query. */
  readonly target: string
  /** The Host header. It selects among configured resources, and is never repeated. */
  readonly host: string | undefined
}

/** An answer, as plain data. */
export interface MetadataResponse {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** Answers requests for metadata; undefined, at once, for any other request. */
export type MetadataResponder = (request: MetadataRequest) => Promise<MetadataResponse> | undefined

/** The resources of a resource server. */
export interface ProtectedResources {
  readonly identifiers: readonly string[]
  /** Keeps in mind what a guard asks for, for `scopes_supported`. */
  note(wanted: Requirements): void
  /** Where the metadata of the resource is that a request is for; undefined where none is configured. */
  metadataUrlOf(request: ResourceRequest): string | undefined
  /** @throws {TypeError} when there is no such resource */
  metadata(resource?: string): Promise<ProtectedResourceMetadata>
  readonly respond: MetadataResponder
}

// What routes ask for is fixed; guards that are made for each request must not fill the memory.
const MOST_SCOPES = 500

/** Describes the resources of the option `resourceMetadata`. */
export function createProtectedResources(
  settings: Settings,
  issuers: () => readonly string[],
): ProtectedResources | undefined {
  const { resourceMetadata: resources } = settings
  if (resources.length === 0) return undefined
  // Otherwise anybody could read who the tenants are, or nothing at all where they are looked up.
  if (
    settings.tenants !== undefined &&
    resources.some(({ authorizationServers }) => authorizationServers === undefined)
  ) {
    throw new TypeError('resourceMetadata.authorizationServers: got none, want them where there are tenants')
  }
  const scopes = new Set<string>()

  async function metadata(given?: string): Promise<ProtectedResourceMetadata> {
    const found = given === undefined ? resources[0] : resources.find(({ resource }) => resource === given)
    if (found === undefined) throw new TypeError(`resourceMetadata: no such resource is configured`)
    return signed(describe(found, settings, { issuers: issuers(), scopes: [...scopes].toSorted() }), found)
  }

  return {
    identifiers: resources.map(({ resource }) => resource),
    metadata,
    note(wanted) {
      for (const scope of demandedScopes(wanted)) if (scopes.size < MOST_SCOPES) scopes.add(scope)
    },
    metadataUrlOf(request) {
      if (resources.length < 2) return resources[0]?.metadataUrl
      const [host] = receivedValues(request.rawHeaders, 'host')
      return select(resources, host, pathOnly(request.target))?.metadataUrl
    },
    respond({ method, target, host }) {
      const path = pathOnly(target)
      if (path !== WELL_KNOWN && !path.startsWith(`${WELL_KNOWN}/`)) return undefined
      return answer(method, addressed(resources, host, path), metadata)
    },
  }
}

/** The resource of a well-known path; of the root form (RFC 9728 §3), the one at the root, or the first. */
function addressed(
  resources: readonly ResourceSettings[],
  host: string | undefined,
  path: string,
): ResourceSettings | undefined {
  const own = here(resources, host)
  return own.find(({ metadataPath }) => metadataPath === path) ?? (path === WELL_KNOWN ? own[0] : undefined)
}

async function answer(
  method: string,
  found: ResourceSettings | undefined,
  metadata: ProtectedResources['metadata'],
): Promise<MetadataResponse> {
  if (found === undefined) return response(404, { error: 'not_found' })
  if (method === 'OPTIONS') return { status: 204, headers: PREFLIGHT, body: '' }
  if (method !== 'GET' && method !== 'HEAD') return { status: 405, headers: { allow: METHODS, ...CORS }, body: '' }
  return response(200, await metadata(found.resource), { 'cache-control': 'public, max-age=3600' })
}

/** Those of the host, or all where a proxy has put another one in its place. */
function here(resources: readonly ResourceSettings[], host: string | undefined): readonly ResourceSettings[] {
  const own = resources.filter((one) => one.host === host?.toLowerCase())
  return own.length > 0 ? own : resources
}

/** The resource that is nearest to a path; the first where none is. */
function select(
  resources: readonly ResourceSettings[],
  host: string | undefined,
  path: string,
): ResourceSettings | undefined {
  const own = here(resources, host)
  const above = own.filter((one) => path === one.path || path.startsWith(`${one.path.replace(/\/$/, '')}/`))
  return above.toSorted((a, b) => b.path.length - a.path.length)[0] ?? own[0]
}

interface Known {
  readonly issuers: readonly string[]
  readonly scopes: readonly string[]
}

function describe(
  { resource, authorizationServers, scopesSupported, forPeople }: ResourceSettings,
  { schemes, dpop, mtls }: Settings,
  { issuers, scopes }: Known,
): ProtectedResourceMetadata {
  const supported = scopesSupported ?? scopes
  return {
    resource,
    authorization_servers: authorizationServers ?? issuers,
    ...(supported.length > 0 && { scopes_supported: supported }),
    // RFC 9728 §2: how Bearer tokens may be sent; none where they are not accepted.
    bearer_methods_supported: schemes.includes('Bearer') ? ['header'] : [],
    ...(schemes.includes('DPoP') && {
      dpop_signing_alg_values_supported: dpop.algorithms,
      dpop_bound_access_tokens_required: !schemes.includes('Bearer'),
    }),
    ...(mtls !== undefined && { tls_client_certificate_bound_access_tokens: true }),
    ...forPeople,
  }
}

// Anybody may ask, and signing is dear: one statement serves for so many seconds.
const RESIGN = 600
const statements = new WeakMap<SigningKey, { content: string; iat: number; statement: string }>()

/** RFC 9728 §2.2: the same members as claims, with the issuer of the statement. */
async function signed(
  metadata: ProtectedResourceMetadata,
  { signing, resource }: ResourceSettings,
): Promise<ProtectedResourceMetadata> {
  if (signing === undefined) return metadata
  const iat = Math.floor(Date.now() / 1000)
  const content = JSON.stringify(metadata)
  const last = statements.get(signing)
  if (last?.content === content && iat < last.iat + RESIGN) return { ...metadata, signed_metadata: last.statement }
  const statement = await signJwt({ ...metadata, iss: resource, iat }, signing)
  statements.set(signing, { content, iat, statement })
  return { ...metadata, signed_metadata: statement }
}

const METHODS = 'GET, HEAD, OPTIONS'
// Public, so any origin may read it, without credentials.
const CORS = { 'access-control-allow-origin': '*' }
const PREFLIGHT = Object.freeze({
  ...CORS,
  'access-control-allow-methods': METHODS,
  // A client of MCP sends mcp-protocol-version.
  'access-control-allow-headers': '*',
  'access-control-max-age': '86400',
})

function response(status: number, body: object, headers: Readonly<Record<string, string>> = {}): MetadataResponse {
  const text = JSON.stringify(body)
  const common = { 'content-type': 'application/json; charset=utf-8', ...CORS, ...headers }
  return { status, headers: { ...common, 'content-length': String(new TextEncoder().encode(text).length) }, body: text }
}
