import { importKey } from '#crypto'

import type { PublicJwk, VerificationKey } from '../crypto/types.js'
import { isCompatible, publicKey } from '../crypto/json-web-key.js'
import type { Jwk } from '../crypto/json-web-key.js'
import { createKeyTable } from './key-table.js'
import type { FindKeys } from './key-table.js'
import { entryName } from './unusable-keys.js'
import type { UnusableKey } from './unusable-keys.js'

/**
 * Imported keys by algorithm and key material. All that a key set leaves to its successor: a key that stays published
 * stays the same object, with all that was verified by it, and nothing else of what was fetched stays in memory.
 */
export type ImportedKeys = ReadonlyMap<string, VerificationKey>

/** The keys of one fetched key set that may verify something, imported. */
export interface KeyIndex {
  /** The number of entries, usable or not. */
  readonly size: number
  readonly find: FindKeys
  readonly imported: ImportedKeys
  readonly unusable: readonly UnusableKey[]
}

// An identifier is chosen by the issuer, and kept.
const MAX_KID_LENGTH = 512

/**
 * Imports the keys of a key set.
 *
 * @param algorithms - what the issuer's tokens may be signed with
 * @param before - the imported keys of the key set that this one follows
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

  /** @returns why the entry is of no use, if it is not */
  async function enter(jwk: Jwk): Promise<Omit<UnusableKey, 'name'> | undefined> {
    const { kid } = jwk
    if (!isKeyIdentifier(kid)) {
      return { reason: `has a kid that is no text of at most ${MAX_KID_LENGTH} characters`, defect: true }
    }
    const checked = publicKey(jwk)
    if ('problem' in checked) return { reason: checked.problem, defect: true }
    const suited = algorithms.filter((algorithm) => isCompatible(jwk, algorithm))
    if (suited.length === 0) return { reason: `is for none of ${algorithms.join(' ')}`, defect: false }
    try {
      for (const algorithm of suited) table.enter(await importOnce(checked.key, algorithm), kid)
    } catch {
      // Such as a point that is not on its curve.
      return { reason: 'cannot be imported', defect: true }
    }
    return undefined
  }

  for (const [at, jwk] of keys.entries()) {
    // An unusable entry is passed over, so that the good keys work on.
    const problem = await enter(jwk)
    if (problem !== undefined) unusable.push({ name: entryName(jwk, at), ...problem })
  }
  return { size: keys.length, find: table.find, imported, unusable }
}

function isKeyIdentifier(kid: unknown): kid is string | undefined {
  return kid === undefined || (typeof kid === 'string' && kid.length <= MAX_KID_LENGTH)
}
