import { importKey } from '../crypto/web.js'
import type { VerificationKey } from '../crypto/web.js'
import { isCompatible, publicKey } from './json-web-key.js'
import type { Jwk } from './json-web-key.js'

/** The keys of one fetched key set, looked up by `kid` and algorithm; imported when first wanted. */
export interface KeyIndex {
  /**
   * The key for a token's header, or undefined when there is none. A token without `kid` has a key only where just one
   * is compatible: trying several would let anybody multiply the work.
   */
  find(kid: string | undefined, algorithm: string): Promise<VerificationKey | undefined>
}

export function createKeyIndex(keys: readonly Jwk[]): KeyIndex {
  const byKid = groupByKid(keys)
  const imported = new Map<Jwk, Map<string, Promise<VerificationKey | undefined>>>()

  function importOnce(jwk: Jwk, algorithm: string): Promise<VerificationKey | undefined> {
    const byAlgorithm = imported.get(jwk) ?? new Map<string, Promise<VerificationKey | undefined>>()
    imported.set(jwk, byAlgorithm)
    const known = byAlgorithm.get(algorithm) ?? importUsable(jwk, algorithm)
    byAlgorithm.set(algorithm, known)
    return known
  }

  return {
    async find(kid, algorithm) {
      const candidates = (kid === undefined ? keys : (byKid.get(kid) ?? [])).filter((jwk) =>
        isCompatible(jwk, algorithm),
      )
      const usable: VerificationKey[] = []
      for (const jwk of candidates) {
        const key = await importOnce(jwk, algorithm)
        if (key !== undefined) usable.push(key)
        // With a kid the first good entry serves; a second one of that kid is the issuer's mistake.
        if (kid !== undefined && usable.length === 1) break
      }
      return usable.length === 1 ? usable[0] : undefined
    },
  }
}

function groupByKid(keys: readonly Jwk[]): ReadonlyMap<unknown, readonly Jwk[]> {
  const groups = new Map<unknown, Jwk[]>()
  for (const jwk of keys) groups.set(jwk['kid'], [...(groups.get(jwk['kid']) ?? []), jwk])
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
