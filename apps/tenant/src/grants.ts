import { errors } from 'oidc-provider'
import type { JWTStructured, KoaContextWithOIDC, ResourceServer } from 'oidc-provider'
import { apis, findClientDefinition, scopes } from './clients.js'
import type { Api, ClientDefinition } from './clients.js'

/**
 * The API that a token request names, with the scopes that this client may have there.
 * A request without `scope` gets all of them, as at Auth0.
 *
 * @throws InvalidTarget for an audience that no API has
 * @throws InvalidScope for a scope that the client is not granted
 */
export function resourceServerFor(ctx: KoaContextWithOIDC, audience: string, clientId: string): ResourceServer {
  const api = findApi(audience)
  if (!api) throw new errors.InvalidTarget('no API has this audience')
  const client = findClient(clientId)
  const granted = scopesAt(api, client)
  if (ctx.oidc.params?.['grant_type'] === 'client_credentials') narrowScope(ctx, granted)
  const accessTokenFormat = client.opaqueTokens === true ? 'opaque' : 'jwt'
  return { scope: granted.join(' '), audience, accessTokenFormat }
}

/** Auth0 refuses a request without audience too, unless the tenant sets a default one. */
export function requireAudience(): never {
  throw new errors.InvalidTarget('no audience requested, and there is no default audience')
}

/** Gives a token the header and claims of its API's profile. */
export function applyProfile(
  { kind, clientId, extra }: { kind: string; clientId?: string | undefined; extra?: object | undefined },
  parts: JWTStructured,
): void {
  const client = findClient(clientId)
  const api = findApi(parts.payload['aud'])
  if (!api) throw new Error('a token was issued for an audience that no API has')
  parts.header = { typ: api.profile === 'auth0' ? 'JWT' : 'at+jwt' }
  Object.assign(parts.payload, kind === 'ClientCredentials' ? {} : extra, claimsOf(kind, client, api))
}

/** What introspection says of an opaque token beside what the library says: what would be in a JWT. */
export function claimsOfOpaque({ kind, clientId, aud }: OpaqueToken): Record<string, unknown> {
  const client = findClient(clientId)
  const api = findApi(aud)
  return client.opaqueTokens !== true || api === undefined ? {} : claimsOf(kind, client, api)
}

interface OpaqueToken {
  readonly kind: string
  readonly clientId?: string | undefined
  readonly aud?: unknown
}

function claimsOf(kind: string, client: ClientDefinition, api: Api): Record<string, unknown> {
  return {
    ...(kind === 'ClientCredentials' && { sub: `${client.id}@clients`, gty: 'client-credentials' }),
    azp: client.id,
    permissions: client.permissions.filter((permission) => api.scopes.includes(permission)),
  }
}

/** Whether a client may ask about tokens. */
export function mayIntrospect(clientId: string): boolean {
  return findClient(clientId).introspects === true
}

// The library would leave such scopes out of the token without a word: refuse them instead.
function narrowScope(ctx: KoaContextWithOIDC, granted: readonly string[]): void {
  const params = ctx.oidc.params
  const requested = params?.['scope']
  if (typeof requested === 'string') {
    const refused = requested.split(' ').find((scope) => !granted.includes(scope))
    if (refused !== undefined) {
      throw new errors.InvalidScope('the client is not granted a requested scope', refused)
    }
  } else if (params && granted.length > 0) {
    params['scope'] = granted.join(' ')
  }
}

function scopesAt(api: Api, client: ClientDefinition): string[] {
  return client.scopes.filter((scope) => api.scopes.includes(scope))
}

// Of a sample API that describes itself (RFC 9728): its identifier has the port in it, so that no list can name it.
const LOCAL_RESOURCE = /^http:\/\/127\.0\.0\.1:\d{1,5}\/mcp$/

export function findApi(audience: unknown): Api | undefined {
  const known = apis.find((api) => api.audience === audience)
  if (known !== undefined || typeof audience !== 'string' || !LOCAL_RESOURCE.test(audience)) return known
  return { audience, profile: 'rfc9068', scopes }
}

function findClient(id: string | undefined): ClientDefinition {
  const client = findClientDefinition(id)
  if (!client) throw new Error('the provider knows a client that the tenant does not')
  return client
}
