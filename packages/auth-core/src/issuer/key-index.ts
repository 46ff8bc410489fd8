import { importKey } from '#crypto'

import type { VerificationKey } from '../crypto/types.js'
import { isCompatible, publicKey } from '../json-web-key.js'
import type { Jwk } from '../json-web-key.js'
import type { MaybePromise } from '../maybe-promise.js'

/** The keys of one fetched key set, looked up by `kid` and algorithm; imported when first wanted. */
export interface KeyIndex {
  /** The number of entries, usable or not. */
  readonly size: number
  /**
   * The key for a token's header, or undefined when there is none. A token without `kid` has a key only where just one
   * is compatible: trying several would let anybody multiply the work.
   */
  find(kid: string | undefined, algorithm: string): MaybePromise<VerificationKey | undefined>
  /** What `find` has found before. */
  found(kid: string | undefined, algorithm: string): VerificationKey | undefined
  /** An imported key of the same JWK text, for the index that follows this one. */
  imported(text: string): Imported | undefined
}

type Imported = MaybePromise<VerificationKey | undefined>

/**
 * @param before - the index that this one follows: a key that stays published stays the same object, with all that was
 * verified by it
 */
export function createKeyIndex(keys: readonly Jwk[], before?: KeyIndex): KeyIndex {
  const byKid = groupByKid(keys)
  const imported = new Map<string, Imported>()
  const found = new Map<string, Map<string | undefined, VerificationKey>>()

  function importOnce(jwk: Jwk, algorithm: string): Imported {
    const text = `${algorithm} ${JSON.stringify(jwk)}`
    const known = imported.get(text) ?? before?.imported(text) ?? importUsable(jwk, algorithm)
    imported.set(text, known)
    return known
  }

  async function search(kid: string | undefined, algorithm: string): Promise<VerificationKey | undefined> {
    const candidates = (kid === undefined ? keys : (byKid.get(kid) ?? [])).filter((jwk) => isCompatible(jwk, algorithm))
    const usable: VerificationKey[] = []
    for (const jwk of candidates) {
      const key = await importOnce(jwk, algorithm)
      if (key !== undefined) usable.push(key)
      // With a kid the first good entry serves; a second one of that kid is the issuer's mistake.
      if (kid !== undefined && usable.length === 1) break
    }
    const [key] = usable
    if (key === undefined || usable.length > 1) return undefined
    // Only of keys that there are: the identifier is the caller's choice.
    const byAlgorithm = found.get(algorithm) ?? new Map<string | undefined, VerificationKey>()
    found.set(algorithm, byAlgorithm.set(kid, key))
    return key
  }

  return {
    size: keys.length,
    find: (kid, algorithm) => found.get(algorithm)?.get(kid) ?? search(kid, algorithm),
    found: (kid, algorithm) => found.get(algorithm)?.get(kid),
    imported: (text) => imported.get(text),
  }
}

function groupByKid(keys: readonly Jwk[]): ReadonlyMap<unknown, readonly Jwk[]> {
  const groups = new Map<unknown, Jwk[]>()
  for (const jwk of keys) {
    const group = groups.get(jwk['kid'])
    if (group === undefined) groups.set(jwk['kid'], [jwk])
    else group.push(jwk)
  }
  return groups
}

/** An unusable entry is passed over, so that the good keys work on. */
async function importUsable(jwk: Jwk, algorithm: string): Promise<VerificationKey | undefined> {
  const checked = publicKey(jwk)
  if ('problem' in checked) return undefined
  try {
    return await importKey(checked.key, algorithm)
  } catch {
    return undefined
  }
}
