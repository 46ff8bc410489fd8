import { parseChallenges } from '../challenge/parse-challenges.js'
import { AuthClientError } from '../errors.js'
import { isSecure } from '../fetch/secure.js'
import { boundedJson } from './bounded-json.js'

/** What an API says of itself (RFC 9728 §2). */
export interface ProtectedResource {
  /** What to ask the issuer for a token for, as `resource` (RFC 8707). */
  readonly resource: string
  /** Issuers whose tokens it takes, by https URLs (RFC 8414 §2); which of these to trust with credentials is for the application to decide. */
  readonly authorizationServers: readonly string[]
  readonly scopesSupported: readonly string[]
  /** Whether it takes tokens that are bound to a key alone. */
  readonly dpopRequired: boolean
}

/** How it is found. */
export interface DiscoverResourceOptions {
  /** An answer of the API, whose challenge may name the metadata (RFC 9728 §5.1). */
  readonly response?: Pick<Response, 'headers'>
  /** @defaultValue the global fetch */
  readonly fetch?: typeof globalThis.fetch
  /** Seconds. @defaultValue 10 */
  readonly timeout?: number
}

const WELL_KNOWN = '/.well-known/oauth-protected-resource'

/**
 * Finds the issuer of an API: by `resource_metadata` of its challenge, else at the well-known URLs (RFC 9728 §3.1). Only what
 * the API's own origin says of itself counts (§3.3): another document could send the user to an issuer of its choice (§7.3).
 *
 * @throws {AuthClientError} `options_invalid` for plain http, but to a loopback host; `answer_invalid` for a document that is
 * of another resource; `network`, `timeout`, `server`
 * @example
 * ```ts
 * import { discoverProtectedResource } from '@acme/auth-client'
 *
 * export async function issuerOf(api: string): Promise<string | undefined> {
 *   const { authorizationServers } = await discoverProtectedResource(api)
 *   return authorizationServers[0]
 * }
 * ```
 */
export async function discoverProtectedResource(
  url: string | URL,
  { response, fetch = (...args) => globalThis.fetch(...args), timeout = 10 }: DiscoverResourceOptions = {},
): Promise<ProtectedResource> {
  const api = new URL(url)
  if (!isSecure(api)) throw new AuthClientError('options_invalid', 'url: want https')
  for (const candidate of [...named(api, response), ...wellKnown(api)]) {
    const document = await boundedJson(candidate, { fetch, maxBytes: 65_536, timeout })
    if (document !== undefined) return read(document, api)
  }
  throw new AuthClientError('answer_invalid', `${api.origin} publishes no metadata`)
}

function named({ origin }: URL, response: Pick<Response, 'headers'> | undefined): readonly string[] {
  const challenges = parseChallenges(response?.headers.get('www-authenticate'))
  const urls = challenges.flatMap(({ parameters }) => parameters.get('resource_metadata') ?? [])
  return urls.filter((one) => URL.canParse(one) && new URL(one).origin === origin).slice(0, 1)
}

/** The path-inserted form, then that of the root. */
function wellKnown({ origin, pathname }: URL): readonly string[] {
  const path = pathname === '/' ? '' : pathname.replace(/\/$/, '')
  return [...new Set([`${origin}${WELL_KNOWN}${path}`, `${origin}${WELL_KNOWN}`])]
}

function read(document: Readonly<Record<string, unknown>>, api: URL): ProtectedResource {
  const { resource, authorization_servers: servers, scopes_supported: scopes } = document
  // RFC 9728 §3.3: of this very resource, or of what it is a part of.
  if (typeof resource !== 'string' || !URL.canParse(resource) || !isWithin(api, new URL(resource))) {
    throw new AuthClientError('answer_invalid', `the metadata at ${api.origin} is of another resource`)
  }
  return {
    resource,
    authorizationServers: texts(servers).filter((one) => URL.canParse(one) && isSecure(new URL(one))),
    scopesSupported: texts(scopes),
    dpopRequired: document['dpop_bound_access_tokens_required'] === true,
  }
}

function isWithin(api: URL, resource: URL): boolean {
  const path = resource.pathname.replace(/\/$/, '')
  if (resource.href !== resource.origin + resource.pathname + resource.search) return false
  return api.origin === resource.origin && (api.pathname === path || api.pathname.startsWith(`${path}/`))
}

function texts(list: unknown): readonly string[] {
  return Array.isArray(list) ? list.filter((one): one is string => typeof one === 'string') : []
}
