import type { VerificationKey } from '../crypto/types.js'

/** The keys that may have signed a token with this header, or none. A token without `kid` may be of any. */
export type FindKeys = (kid: string | undefined, algorithm: string) => readonly VerificationKey[]

/**
 * So many keys are tried for one token. A header need not name its key (RFC 7515 §4.1.4), and two keys are published while
 * one takes over from the other. Trying them trusts nobody more, since each is a key that the issuer publishes for this
 * algorithm and that a `kid` could name; and it costs no more than as many tokens would.
 */
export const MOST_TRIED = 4

/** Whether trying these keys would come to this one. */
export function includesKey(keys: readonly VerificationKey[], key: VerificationKey): boolean {
  return keys.length <= MOST_TRIED && keys.includes(key)
}

/** No keys. */
export const NO_KEYS: readonly VerificationKey[] = Object.freeze([])

interface Keys {
  readonly all: VerificationKey[]
  readonly byKid: Map<string, VerificationKey[]>
}

/** Imported keys by algorithm and `kid`. */
export function createKeyTable(): { enter(key: VerificationKey, kid: string | undefined): void; find: FindKeys } {
  const byAlgorithm = new Map<string, Keys>()
  return {
    enter(key, kid) {
      const keys = byAlgorithm.get(key.algorithm) ?? { all: [], byKid: new Map<string, VerificationKey[]>() }
      byAlgorithm.set(key.algorithm, keys)
      add(keys.all, key)
      if (kid === undefined) return
      const ofKid = keys.byKid.get(kid) ?? []
      keys.byKid.set(kid, ofKid)
      add(ofKid, key)
    },
    find(kid, algorithm) {
      const keys = byAlgorithm.get(algorithm)
      return (kid === undefined ? keys?.all : keys?.byKid.get(kid)) ?? NO_KEYS
    },
  }
}

/** The same key may be published twice. */
function add(keys: VerificationKey[], key: VerificationKey): void {
  if (!keys.includes(key)) keys.push(key)
}
