import type { KeyIndex } from './key-index.js'
import type { KeySet } from './key-set-types.js'

/** Keys that were configured: never fetched, always fresh. */
export function staticKeySet(issuer: string, index: KeyIndex): KeySet {
  return {
    find: (kid, algorithm) => index.find(kid, algorithm),
    holds: (key, kid) => index.found(kid, key.algorithm) === key,
    preload: () => Promise.resolve(),
    status: () => ({
      issuer,
      state: 'fresh',
      keys: index.size,
      fetchedAt: undefined,
      freshUntil: undefined,
      failures: 0,
      retryAt: undefined,
      problem: undefined,
    }),
    invalidate: () => undefined,
  }
}
