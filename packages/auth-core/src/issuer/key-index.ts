import { importKey } from '#crypto'

import type { PublicJwk, VerificationKey } from '../crypto/types.js'
import { isCompatible, publicKey } from '../crypto/json-web-key.js'
import type { Jwk } from '../crypto/json-web-key.js'
import { createKeyTable } from './key-table.js'
import type { KeyCandidates, KeysByAlgorithm } from './key-table.js'
import { entryName } from './unusable-keys.js'
import type { UnusableKey } from './unusable-keys.js'

/**
 * Imported keys by algorithm and key material. A refreshed key set reuses those of its predecessor, so a key that is
 * still published stays the same object, and tokens that were verified with it stay cached. Nothing else of the
 * predecessor is kept in memory.
 */
export type ImportedKeys = ReadonlyMap<string, VerificationKey>

/** The usable keys of one key set, imported. */
export interface KeyIndex {
  /** The number of entries, usable or not. */
  readonly size: number
  readonly candidates: KeyCandidates
  /** For messages. */
  readonly byAlgorithm: KeysByAlgorithm
  readonly imported: ImportedKeys
  readonly unusable: readonly UnusableKey[]
}

// Characters. The issuer chooses the identifiers, and they are kept in memory.
const MAX_KID_LENGTH = 512

/**
 * Imports the keys of a key set. Unusable entries are skipped and listed, so that they do not disable the others.
 *
 * @param algorithms - the algorithms that the issuer's tokens may be signed with
 * @param before - the imported keys of the preceding key set
 */
export async function createKeyIndex(
  keys: readonly Jwk[],
  algorithms: readonly string[],
  before?: ImportedKeys,
): Promise<KeyIndex> {
  const imported = new Map<string, VerificationKey>()
  const unusable: UnusableKey[] = []
  const table = createKeyTable()

  async function importOnce(jwk: PublicJwk, algorithm: string): Promise<VerificationKey> {
    const text = `${algorithm} ${JSON.stringify(jwk)}`
    const key = imported.get(text) ?? before?.get(text) ?? (await importKey(jwk, algorithm))
    imported.set(text, key)
    return key
  }

  /** @returns why the entry is unusable, or undefined if it was added */
  async function add(jwk: Jwk): Promise<Omit<UnusableKey, 'name'> | undefined> {
    const { kid } = jwk
    if (!isKeyIdentifier(kid)) {
      return { reason: `has a kid that is no text of at most ${MAX_KID_LENGTH} characters`, defect: true }
    }
    const checked = publicKey(jwk)
    if ('problem' in checked) return { reason: checked.problem, defect: true }
    const compatible = algorithms.filter((algorithm) => isCompatible(jwk, algorithm))
    if (compatible.length === 0) return { reason: `is for none of ${algorithms.join(' ')}`, defect: false }
    try {
      for (const algorithm of compatible) table.add(await importOnce(checked.key, algorithm), kid)
    } catch {
      // Such as an EC point that is not on its curve.
      return { reason: 'cannot be imported', defect: true }
    }
    return undefined
  }

  for (const [at, jwk] of keys.entries()) {
    const problem = await add(jwk)
    if (problem !== undefined) unusable.push({ name: entryName(jwk, at), ...problem })
  }
  return { size: keys.length, candidates: table.candidates, byAlgorithm: table.byAlgorithm, imported, unusable }
}

function isKeyIdentifier(kid: unknown): kid is string | undefined {
  return kid === undefined || (typeof kid === 'string' && kid.length <= MAX_KID_LENGTH)
}
