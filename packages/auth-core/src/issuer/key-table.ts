import type { VerificationKey } from '../crypto/types.js'

/**
 * The keys that may have signed a token with this header, perhaps none. Without `kid`, any key of the algorithm may
 * have.
 */
export type KeyCandidates = (kid: string | undefined, algorithm: string) => readonly VerificationKey[]

/**
 * The most keys that are tried for one token. A header need not have `kid` (RFC 7515 §4.1.4), and during a rotation the
 * issuer publishes two keys. Trying several is no weaker, since a client may name any of them by its `kid` anyway.
 * Without a limit, one request could cost as many signature checks as the issuer has keys.
 */
export const MOST_TRIED = 4

/** Whether a key is among those that would be tried. */
export function includesKey(keys: readonly VerificationKey[], key: VerificationKey): boolean {
  return keys.length <= MOST_TRIED && keys.includes(key)
}

export const NO_KEYS: readonly VerificationKey[] = Object.freeze([])

interface Keys {
  readonly all: VerificationKey[]
  readonly byKid: Map<string, VerificationKey[]>
}

/** Imported keys by algorithm and `kid`. */
export interface KeyTable {
  add(key: VerificationKey, kid: string | undefined): void
  readonly candidates: KeyCandidates
  /** For messages. */
  readonly byAlgorithm: KeysByAlgorithm
}

/** Keys by algorithm, and each by its `kid`. */
export type KeysByAlgorithm = ReadonlyMap<string, { readonly byKid: ReadonlyMap<string, unknown> }>

export function createKeyTable(): KeyTable {
  const byAlgorithm = new Map<string, Keys>()
  return {
    byAlgorithm,
    add(key, kid) {
      const keys = byAlgorithm.get(key.algorithm) ?? { all: [], byKid: new Map<string, VerificationKey[]>() }
      byAlgorithm.set(key.algorithm, keys)
      addOnce(keys.all, key)
      if (kid === undefined) return
      const ofKid = keys.byKid.get(kid) ?? []
      keys.byKid.set(kid, ofKid)
      addOnce(ofKid, key)
    },
    candidates(kid, algorithm) {
      const keys = byAlgorithm.get(algorithm)
      return (kid === undefined ? keys?.all : keys?.byKid.get(kid)) ?? NO_KEYS
    },
  }
}

/** An issuer may publish one key twice. */
function addOnce(keys: VerificationKey[], key: VerificationKey): void {
  if (!keys.includes(key)) keys.push(key)
}
