import { BoundedMap } from './bounded-map.js'
import type { Login } from './logins.js'

/** What a subject lets a client have; all tokens that came of it share its fate. */
export interface Grant {
  readonly clientId: string
  readonly login: Login
  readonly scopes: readonly string[]
  readonly audiences: readonly string[]
  /** Thumbprint of the key that the refresh tokens of a public client are bound to (RFC 9449 §5). */
  readonly jkt?: string | undefined
  /** Actor chain of an exchanged token (RFC 8693 §4.1). */
  readonly act?: unknown
  revoked: boolean
}

/** A code that waits to be redeemed, or was. */
export interface Code {
  readonly grant: Grant
  readonly redirectUri: string
  readonly challenge: string
  readonly nonce: string | undefined
  readonly expiresAt: number
  redeemed: boolean
  /** What its tokens belong to, once it is redeemed. */
  issued?: Grant
}

/** A refresh token of a family, which is a grant's. */
export interface RefreshToken {
  readonly grant: Grant
  readonly expiresAt: number
  used: boolean
}

/** An authorization request that was pushed (RFC 9126). */
export interface PushedRequest {
  readonly clientId: string
  readonly parameters: URLSearchParams
  readonly expiresAt: number
}

const MAX_PENDING = 1000
const MAX_TOKENS = 10_000
/** Characters of a `jti`: it is kept. */
const MAX_ID_LENGTH = 256

/** What an issuer remembers between requests; the oldest is forgotten first. */
export class Store {
  readonly codes: BoundedMap<Code> = new BoundedMap(MAX_PENDING)
  readonly pushed: BoundedMap<PushedRequest> = new BoundedMap(MAX_PENDING)
  readonly refreshTokens: BoundedMap<RefreshToken> = new BoundedMap(MAX_TOKENS)
  /** By `jti` of access tokens. */
  readonly grants: BoundedMap<Grant> = new BoundedMap(MAX_TOKENS)
  /** `jti` of access tokens. */
  readonly revoked: BoundedMap<true> = new BoundedMap(MAX_TOKENS)
  /** Of assertions and proofs, which are good once. */
  readonly seen: BoundedMap<true> = new BoundedMap(MAX_TOKENS)
  reuses: number = 0

  /** Whether a thing that is good once comes for the first time; one whose id is too long to be kept never does. */
  isFirst(kind: string, owner: string, id: string): boolean {
    const key = JSON.stringify([kind, owner, id])
    if (id.length > MAX_ID_LENGTH || this.seen.has(key)) return false
    this.seen.set(key, true)
    return true
  }
}
