import type { VerificationKey } from '../crypto/types.js'
import type { IssuerKeys } from '../issuer/trusted-issuers.js'
import { digestWords } from '../digest-words.js'
import { createLruMap } from '../lru.js'
import type { VerifiedAccessToken } from './access-token.js'

/** A token that was verified in full, and what it was verified by. */
export interface RememberedToken {
  readonly token: VerifiedAccessToken
  readonly issuer: IssuerKeys
  /** The very key object: a key that leaves the key set takes its tokens along. */
  readonly key: VerificationKey
}

/**
 * Verified tokens by SHA-256 of their whole text, signature included: looking up a hash is cheaper than looking up the
 * text, and keeps bearer tokens out of memory.
 */
export interface TokenCache {
  get(digest: string): RememberedToken | undefined
  /** Called with a token that was just verified. Takes it when it was verified once before. */
  set(digest: string, token: RememberedToken): void
}

/**
 * A token that comes once is not remembered: entering it would cost more than it ever saves, and a crowd of such tokens
 * would push out those that come again. So the first time only a part of its digest is noted.
 *
 * @param entries - how many tokens are remembered at least; at most twice as many
 */
export function createTokenCache(entries: number): TokenCache {
  const remembered = createLruMap<RememberedToken>(entries)
  const wasMet = createAcquaintance(entries)
  return {
    get: (digest) => remembered.get(digest),
    set(digest, token) {
      if (wasMet(digest)) remembered.set(digest, token)
    },
  }
}

/** Tells whether a digest is one of the last, and notes 30 bits of it: a mistake does nothing but enter a token early. */
function createAcquaintance(entries: number): (digest: string) => boolean {
  let younger = new Set<number>()
  let older = new Set<number>()
  return (digest) => {
    const [mark] = digestWords(digest)
    if (younger.has(mark) || older.has(mark)) return true
    if (younger.size >= entries) {
      older = younger
      younger = new Set()
    }
    younger.add(mark)
    return false
  }
}
