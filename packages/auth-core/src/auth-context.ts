import type { AccessTokenClaims } from './access-token/claims.js'
import type { AuthScheme } from './errors.js'

/** What a handler gets for a request whose access token was accepted. Frozen. */
export interface AuthContext {
  readonly scheme: AuthScheme
  readonly issuer: string
  readonly subject: string | undefined
  /** `client_id` (RFC 9068 §2.2), or `azp` as Auth0 issues it. */
  readonly clientId: string | undefined
  readonly scopes: readonly string[]
  /** Auth0's `permissions` claim. */
  readonly permissions: readonly string[]
  /** When the token expires, in seconds since the epoch. */
  readonly expiresAt: number
  /** The thumbprint of the client's key, for a DPoP-bound token (RFC 9449 §6.1). */
  readonly thumbprint: string | undefined
  readonly claims: AccessTokenClaims
  /** The token itself, for calling other services. Not enumerable, so that printing the context does not print it. */
  readonly token: string
}

export function createAuthContext(
  claims: AccessTokenClaims,
  credentials: { readonly scheme: AuthScheme; readonly token: string; readonly thumbprint: string | undefined },
): AuthContext {
  const { client_id: clientId, azp, permissions } = claims
  const context = {
    scheme: credentials.scheme,
    issuer: claims.iss,
    subject: claims.sub,
    clientId: textOf(clientId) ?? textOf(azp),
    scopes: scopesOf(claims.scope),
    permissions: Object.freeze(Array.isArray(permissions) ? permissions.filter((one) => typeof one === 'string') : []),
    expiresAt: claims.exp,
    thumbprint: credentials.thumbprint,
    claims,
    token: credentials.token,
  }
  Object.defineProperty(context, 'token', { enumerable: false })
  return Object.freeze(context)
}

/** RFC 6749 §3.3: words separated by spaces; some issuers send a list instead. */
function scopesOf(scope: AccessTokenClaims['scope']): readonly string[] {
  return Object.freeze(typeof scope === 'string' ? scope.split(' ').filter((word) => word !== '') : [...(scope ?? [])])
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}
