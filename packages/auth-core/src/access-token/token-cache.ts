import { sha256 } from '#crypto'

import type { VerificationKey } from '../crypto/types.js'
import type { TrustedIssuer } from '../issuer/issuer-options.js'
import { heapSize } from '../util/heap-size.js'
import { createLruMap } from '../util/lru.js'
import { isPending } from '../util/maybe-promise.js'
import type { MaybePromise } from '../util/maybe-promise.js'
import { createDoorkeeper } from './doorkeeper.js'
import type { VerifiedAccessToken } from './verified-access-token.js'

/** A token that was verified in full, and what it was verified by. */
export interface RememberedToken {
  readonly token: VerifiedAccessToken
  /** The very settings of its issuer; not its keys, which a token would keep when the issuer is forgotten. */
  readonly trusted: TrustedIssuer
  /** The very key object: a key that leaves the key set takes its tokens along. */
  readonly key: VerificationKey
}

/** An access token as it was sent, and the SHA-256 of all of it, signature included, where that is known already. */
export interface PresentedToken {
  readonly token: string
  readonly digest: string | undefined
}

/**
 * Verified tokens by SHA-256 of their whole text, signature included: looking up a hash is cheaper than looking up the
 * text, and keeps bearer tokens out of memory.
 */
export interface TokenCache {
  get(token: PresentedToken): MaybePromise<RememberedToken | undefined>
  /** Called with a token that was just verified. Takes it when it was verified once before. */
  set(token: PresentedToken, verified: RememberedToken): MaybePromise<void>
  /** Forgets a token that was revoked; and another of the same fingerprint, which is verified anew when it comes. */
  delete(token: PresentedToken): void
  statistics(): TokenCacheStatistics
}

/** Of the cache of verified tokens, since it was made. */
export interface TokenCacheStatistics {
  /** Look-ups that found the token: its time, issuer and key are looked at again all the same. */
  readonly hits: number
  readonly misses: number
  /** How many tokens are held now. */
  readonly size: number
}

interface Entry {
  /** The SHA-256 of the token. */
  readonly digest: string
  readonly remembered: RememberedToken
  /** Bytes of memory, about. */
  readonly size: number
}

// What the claims of a token may take on average. Those of most take a third of it.
const BYTES_A_TOKEN = 8 * 1024
// What an entry takes beside its claims.
const ENTRY = 512

/**
 * A cache with admission by a doorkeeper: a token is entered when it comes for the second time. Entering one that comes once
 * costs more than it ever saves, and a crowd of such tokens would push out those that come again.
 *
 * Entries are found by a fingerprint of the token and belong to it only when its SHA-256 is the same: a token of which even the
 * fingerprint is unknown is never hashed.
 *
 * @param entries - how many tokens are remembered at least, as long as they take 8 KiB of memory on average; at most twice
 * as many, in twice as much
 */
export function createTokenCache(entries: number): TokenCache {
  const byFingerprint = createLruMap<Entry, number>(entries, {
    bytes: entries * BYTES_A_TOKEN,
    sizeOf: ({ size }) => size,
  })
  const cameBefore = createDoorkeeper(entries)
  let hits = 0
  let misses = 0

  function found({ digest, remembered }: Entry, own: string): RememberedToken | undefined {
    // Fingerprints collide: another token may have the same one.
    if (digest !== own) {
      misses += 1
      return undefined
    }
    hits += 1
    return remembered
  }

  function enter(fingerprint: number, digest: string, remembered: RememberedToken): void {
    byFingerprint.set(fingerprint, { digest, remembered, size: ENTRY + heapSize(remembered.token) })
  }

  return {
    get({ token, digest }) {
      const entry = byFingerprint.get(fingerprintOf(token))
      if (entry === undefined) {
        misses += 1
        return undefined
      }
      const own = digest ?? sha256(token)
      return isPending(own) ? own.then((known) => found(entry, known)) : found(entry, own)
    },
    delete: ({ token }) => byFingerprint.delete(fingerprintOf(token)),
    set({ token, digest }, verified) {
      const fingerprint = fingerprintOf(token)
      if (!cameBefore(fingerprint)) return undefined
      const own = digest ?? sha256(token)
      return isPending(own)
        ? own.then((known) => enter(fingerprint, known, verified))
        : enter(fingerprint, own, verified)
    },
    statistics: () => ({ hits, misses, size: byFingerprint.size() }),
  }
}

const FINGERPRINT_CHARACTERS = 5

/**
 * 30 bits of the signature. Two tokens whose fingerprints collide cost each other their entry; neither gets what is remembered
 * of the other, since the SHA-256 decides. Only an issuer can choose signatures, so nobody else can aim at a fingerprint.
 */
function fingerprintOf(token: string): number {
  let fingerprint = 0
  // The very last character of most signatures has but two or four bits.
  const end = token.length - 1
  for (let index = end - FINGERPRINT_CHARACTERS; index < end; index++) {
    fingerprint = (fingerprint << 6) ^ token.charCodeAt(index)
  }
  return fingerprint & 0x3fffffff
}
