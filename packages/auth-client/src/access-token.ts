import type { DpopKeyPair } from './dpop/key-pair.js'

/** An access token as an issuer gave it. */
export interface AccessToken {
  /** What is sent: opaque to a client. */
  readonly value: string
  /** `token_type` (RFC 6749 §7.1, RFC 9449 §5). */
  readonly type: 'Bearer' | 'DPoP'
  /** Seconds since the epoch; undefined when the issuer did not say. */
  readonly expiresAt: number | undefined
  /** What was granted; undefined when the issuer did not say and it was not asked for. */
  readonly scopes: readonly string[] | undefined
  /** The key that a token of type DPoP is bound to. */
  readonly dpopKey?: DpopKeyPair
}

/** What an API made of a token, and so what is wanted now. */
export interface AccessTokenRequest {
  /** The token that was refused as invalid: another one is wanted, by refresh or anew. */
  readonly refused?: AccessToken
  /** Scopes that the answer must have beside those it has. */
  readonly scopes?: readonly string[]
  readonly signal?: AbortSignal
}

/** What an API demands that only a new authorisation can give (RFC 6750 §3.1, RFC 9470 §3). */
export interface StepUp {
  readonly cause: 'insufficient_scope' | 'insufficient_user_authentication'
  /** The union of what the token had and what is wanted. */
  readonly scopes: readonly string[]
  readonly acrValues: readonly string[]
  /** Seconds. */
  readonly maxAge: number | undefined
  /** The token that did not do. */
  readonly token: AccessToken
  readonly signal?: AbortSignal
}

/** Where a fetch gets its tokens. */
export interface AccessTokenSource {
  /** A token that is valid now. Callers at the same time share one request. */
  getAccessToken(request?: AccessTokenRequest): Promise<AccessToken>
  /** Authorises again; a source without it cannot step up. */
  stepUp?(wanted: StepUp): Promise<AccessToken>
}
