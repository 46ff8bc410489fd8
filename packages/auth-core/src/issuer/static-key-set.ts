import type { VerificationKey } from '../crypto/types.js'
import type { Jwk } from '../crypto/json-web-key.js'
import { createKeyIndex } from './key-index.js'
import type { KeyIndex } from './key-index.js'
import type { KeySet } from './key-set-types.js'
import { includesKey, NO_KEYS } from './key-table.js'

/** Keys that were configured: never fetched, always fresh. Imported when first wanted. */
export function staticKeySet(issuer: string, keys: readonly Jwk[], algorithms: readonly string[]): KeySet {
  let index: KeyIndex | undefined

  async function findImported(kid: string | undefined, algorithm: string): Promise<readonly VerificationKey[]> {
    const imported = await createKeyIndex(keys, algorithms, index?.imported)
    // Of several at once the first counts, so that there is one object for each key.
    index ??= imported
    return index.find(kid, algorithm)
  }

  return {
    find: (kid, algorithm) => index?.find(kid, algorithm) ?? findImported(kid, algorithm),
    findNewer: () => NO_KEYS,
    holds: (key, kid) => index !== undefined && includesKey(index.find(kid, key.algorithm), key),
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
