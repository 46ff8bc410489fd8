import type { VerificationKey } from '../crypto/types.js'
import type { Jwk } from '../crypto/json-web-key.js'
import { createKeyIndex } from './key-index.js'
import type { KeyIndex } from './key-index.js'
import type { KeySet } from './key-set-types.js'
import { includesKey, NO_KEYS } from './key-table.js'

/** The key set of configured keys (`jwks`): never fetched, always fresh. Keys are imported when the first is needed. */
export function staticKeySet(issuer: string, keys: readonly Jwk[], algorithms: readonly string[]): KeySet {
  let index: KeyIndex | undefined

  async function findImported(kid: string | undefined, algorithm: string): Promise<readonly VerificationKey[]> {
    const imported = await createKeyIndex(keys, algorithms, index?.imported)
    // Of concurrent imports the first wins, so that each key is one object.
    index ??= imported
    return index.candidates(kid, algorithm)
  }

  return {
    find: (kid, algorithm) => index?.candidates(kid, algorithm) ?? findImported(kid, algorithm),
    findNewer: () => NO_KEYS,
    isCurrent: (key, kid) => index !== undefined && includesKey(index.candidates(kid, key.algorithm), key),
    index: () => index,
    preload: () => Promise.resolve(),
    status: () => ({
      issuer,
      state: 'fresh',
      keys: keys.length,
      fetchedAt: undefined,
      freshUntil: undefined,
      failures: 0,
      retryAt: undefined,
      problem: undefined,
    }),
    invalidate: () => undefined,
  }
}
