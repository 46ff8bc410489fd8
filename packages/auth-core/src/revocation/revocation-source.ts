import type { AccessTokenClaims } from '../access-token/claims.js'
import type { MaybePromise } from '../util/maybe-promise.js'

/** What a source of revocations is asked about: a token that was verified. */
export interface RevocableToken {
  readonly issuer: string
  readonly subject: string | undefined
  readonly clientId: string | undefined
  /** The `sid` claim: the session at the issuer. */
  readonly sessionId: string | undefined
  /** The `jti` claim. */
  readonly tokenId: string | undefined
  /** The `iat` claim, in seconds since the epoch. */
  readonly issuedAt: number | undefined
  readonly expiresAt: number
  readonly claims: AccessTokenClaims
}

/** What a source answers about a token. */
export interface RevocationAnswer {
  readonly revoked: boolean
  /** Why, for the operator: fit for one log line, without secrets. */
  readonly detail?: string | undefined
  /** Seconds for which the answer holds. @defaultValue 0: the source is asked with each request */
  readonly maxAge?: number | undefined
}

/** Whose tokens were revoked: all that is given must match. Nothing given: those of everybody. */
export interface RevokedTokens {
  readonly issuer?: string | undefined
  readonly subject?: string | undefined
  readonly clientId?: string | undefined
  readonly sessionId?: string | undefined
  readonly tokenId?: string | undefined
}

/** What a source tells of itself, beside whose tokens it revoked. */
export interface RevocationListener {
  /** Tokens were revoked, or may have been: open connections of these are judged again. */
  revoked(tokens: RevokedTokens): void
  /** The source changed its state. `detail`: for the operator, without secrets. */
  changed?(state: 'up' | 'down', detail?: string): void
  /** Something that claims to revoke was not proven, and has changed nothing. */
  rejected?(detail: string): void
}

/** Knows which tokens were revoked before they expire. Asked after each verification. */
export interface RevocationSource {
  /** For reports and events, such as `epochs`. */
  readonly name: string
  /** Whether a token is revoked. What it throws, and no answer within `timeout`, is an outage, handled by `onFailure`. */
  check(token: RevocableToken): MaybePromise<RevocationAnswer | boolean>
  /** What an outage means: 503, or the token counts as not revoked, with an event. @defaultValue 'closed' */
  readonly onFailure?: 'closed' | 'open' | undefined
  /** Seconds. @defaultValue 2 */
  readonly timeout?: number | undefined
  /** Whether it can answer, as far as it knows: for `ready()` and `report()`. @defaultValue 'up' */
  state?(): 'up' | 'down'
  /** Tells what changes, once for each resource server that uses the source. @returns ends it */
  subscribe?(listener: RevocationListener): () => void
  /** Waits until it can answer first, at start-up: by `preload()`. */
  preload?(): Promise<void>
}
