import type { VerificationKey } from '../crypto/types.js'
import type { IssuerKeys } from '../issuer/trusted-issuers.js'
import type { LruMap } from '../lru.js'
import type { VerifiedAccessToken } from './access-token.js'

/** A token that was verified in full, and what it was verified by. */
export interface RememberedToken {
  readonly token: VerifiedAccessToken
  readonly issuer: IssuerKeys
  /** The very key object: a key that leaves the key set takes its tokens along. */
  readonly key: VerificationKey
  readonly kid: string | undefined
}

/**
 * Verified tokens by SHA-256 of their whole text, signature included: looking up a hash is cheaper than looking up the
 * text, and keeps bearer tokens out of memory.
 */
export type TokenCache = LruMap<RememberedToken>
