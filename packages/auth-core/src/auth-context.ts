import type { VerifiedAccessToken } from './access-token/access-token.js'
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

/** How an access token came. */
interface Presented {
  readonly scheme: AuthScheme
  readonly token: string
  readonly thumbprint: string | undefined
}

class TokenAuthContext implements AuthContext {
  readonly scheme: AuthScheme
  readonly issuer: string
  readonly subject: string | undefined
  readonly clientId: string | undefined
  readonly scopes: readonly string[]
  readonly permissions: readonly string[]
  readonly expiresAt: number
  readonly thumbprint: string | undefined
  readonly claims: AccessTokenClaims
  readonly #token: string

  constructor(
    { claims, clientId, scopes, permissions }: VerifiedAccessToken,
    { scheme, token, thumbprint }: Presented,
  ) {
    this.scheme = scheme
    this.issuer = claims.iss
    this.subject = claims.sub
    this.clientId = clientId
    this.scopes = scopes
    this.permissions = permissions
    this.expiresAt = claims.exp
    this.thumbprint = thumbprint
    this.claims = claims
    this.#token = token
  }

  get token(): string {
    return this.#token
  }
}

export function createAuthContext(verified: VerifiedAccessToken, presented: Presented): AuthContext {
  return Object.freeze(new TokenAuthContext(verified, presented))
}
