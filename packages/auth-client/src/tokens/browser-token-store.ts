import { createStore, get, update } from 'idb-keyval'
import type { UseStore } from 'idb-keyval'

import { AuthClientError } from '../errors.js'
import { createMemoryTokenStore } from './token-store.js'
import type { StoredTokens, TokenStore } from './token-store.js'

/** Options of {@link createBrowserTokenStore}. */
export interface BrowserTokenStoreOptions {
  /**
   * What to do where nothing can be kept, as in some private windows: `throw`, or keep tokens until the page is left. What
   * was kept once and fails later always throws: an empty memory in its place would be a logout that nobody wanted.
   * @defaultValue 'throw'
   */
  readonly whenUnavailable?: 'throw' | 'memory' | undefined
}

interface Kept extends StoredTokens {
  /** Milliseconds since the epoch. */
  readonly expiresAt: number
}

const DATABASE = 'acme-auth-client-tokens'
// Milliseconds. A database that another page blocks would never answer.
const TIMEOUT = 5000

/**
 * Keeps tokens in IndexedDB, for all tabs of an origin: they survive a reload. Every script of the origin can read them there,
 * so bind them to a key that none can read: the option `dpop` with `storedDpopKeyPair` (RFC 9449 §11.4).
 *
 * @example
 * ```ts
 * import { createAuthClient } from '@acme/auth-client'
 * import { createBrowserTokenStore, createWebLock } from '@acme/auth-client/browser'
 *
 * export const client = createAuthClient({
 *   issuer: 'https://tenant.example.com/',
 *   clientId: 'web',
 *   authentication: 'none',
 *   store: createBrowserTokenStore({ whenUnavailable: 'memory' }),
 *   lock: createWebLock(),
 * })
 * ```
 */
export function createBrowserTokenStore({ whenUnavailable = 'throw' }: BrowserTokenStoreOptions = {}): TokenStore {
  let memory: TokenStore | undefined
  // One connection for all calls.
  let database: UseStore | undefined
  let hasWorked = false

  /** Where it began, there it stays: a store that comes and goes would show old tokens, and lose new ones. */
  async function either<Result>(
    kept: (database: UseStore) => Promise<Result>,
    fallback: (store: TokenStore) => Promise<Result>,
  ): Promise<Result> {
    if (memory !== undefined) return fallback(memory)
    try {
      const result = await within(() => kept((database ??= createStore(DATABASE, 'tokens'))))
      hasWorked = true
      return result
    } catch (cause) {
      database = undefined
      if (whenUnavailable === 'throw' || hasWorked)
        throw new AuthClientError('store_unavailable', 'IndexedDB keeps nothing here', { cause })
      memory ??= createMemoryTokenStore()
      return fallback(memory)
    }
  }

  return {
    get: (key) =>
      either(
        (kept) => read(kept, key),
        (store) => store.get(key),
      ),
    set: (key, tokens, options) =>
      either(
        (kept) => replace(kept, key, options.expected, { ...tokens, expiresAt: Date.now() + options.ttl * 1000 }),
        (store) => store.set(key, tokens, options),
      ),
    delete: (key, expected) =>
      either(
        (kept) => replace(kept, key, expected, undefined),
        (store) => store.delete(key, expected),
      ),
  }
}

async function read(database: UseStore, key: string): Promise<StoredTokens | undefined> {
  const kept = current(await get<unknown>(key, database))
  return kept === undefined ? undefined : { version: kept.version, value: kept.value }
}

/** In one transaction, so that of two tabs one is told that the other was first. */
async function replace(
  database: UseStore,
  key: string,
  expected: string | undefined,
  by: Kept | undefined,
): Promise<boolean> {
  let isReplaced = false
  const swap = (old: unknown): unknown => {
    isReplaced = current(old)?.version === expected
    return isReplaced ? by : old
  }
  await update<unknown>(key, swap, database)
  return isReplaced
}

/** Something else may have been written there, by another version or by hand. */
function current(value: unknown): Kept | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const { version, value: text, expiresAt } = value as Partial<Record<keyof Kept, unknown>> // of an object
  if (typeof version !== 'string' || typeof text !== 'string' || typeof expiresAt !== 'number') return undefined
  return expiresAt > Date.now() ? { version, value: text, expiresAt } : undefined
}

async function within<Result>(work: () => Promise<Result>): Promise<Result> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('IndexedDB does not answer')), TIMEOUT)
  })
  try {
    return await Promise.race([work(), late])
  } finally {
    clearTimeout(timer)
  }
}
