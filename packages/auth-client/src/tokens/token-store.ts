/** Tokens as a store keeps them. */
export interface StoredTokens {
  /** Random, and another one for each write: what a writer compares with. */
  readonly version: string
  /** A text that means nothing to the store. It holds secrets. */
  readonly value: string
}

/** How tokens are written. */
export interface SetOptions {
  /** The version that is to be replaced; undefined: nothing is there. */
  readonly expected: string | undefined
  /** Seconds after which they may be dropped. */
  readonly ttl: number
}

/** Where tokens are kept. A write is done when the version is as expected, in one step. */
export interface TokenStore {
  get(key: string): Promise<StoredTokens | undefined>
  /** @returns whether the version was as expected, and the tokens are written */
  set(key: string, tokens: StoredTokens, options: SetOptions): Promise<boolean>
  /** @returns whether the version was as expected, and the tokens are gone */
  delete(key: string, expected: string): Promise<boolean>
}

/** Bounds of a {@link createMemoryTokenStore}. */
export interface MemoryTokenStoreOptions {
  /** @defaultValue 10,000 */
  readonly maxEntries?: number
  /** @defaultValue 16 MiB */
  readonly maxBytes?: number
  /** Seconds since the epoch. */
  readonly now?: () => number
}

interface Entry {
  readonly tokens: StoredTokens
  readonly expiresAt: number
  readonly bytes: number
}

/**
 * Keeps tokens in memory. Those that were not used for longest make room for others: their users have to log in again.
 *
 * @example
 * ```ts
 * import { createMemoryTokenStore } from '@acme/auth-client'
 *
 * const store = createMemoryTokenStore({ maxEntries: 100 })
 * console.log(await store.get('nobody'))
 * ```
 */
export function createMemoryTokenStore(options: MemoryTokenStoreOptions = {}): TokenStore {
  const { maxEntries = 10_000, maxBytes = 16 * 1024 * 1024, now = () => Date.now() / 1000 } = options
  const entries = new Map<string, Entry>()
  let bytes = 0

  function drop(key: string): void {
    bytes -= entries.get(key)?.bytes ?? 0
    entries.delete(key)
  }

  function current(key: string): StoredTokens | undefined {
    const entry = entries.get(key)
    if (entry === undefined) return undefined
    drop(key)
    if (entry.expiresAt <= now()) return undefined
    // Behind all others: a Map keeps the order in which its entries were set.
    put(key, entry)
    return entry.tokens
  }

  function put(key: string, entry: Entry): void {
    entries.set(key, entry)
    bytes += entry.bytes
    for (const oldest of entries.keys()) {
      if (entries.size <= maxEntries && bytes <= maxBytes) return
      drop(oldest)
    }
  }

  return {
    async get(key) {
      return current(key)
    },
    async set(key, tokens, { expected, ttl }) {
      if (current(key)?.version !== expected) return false
      drop(key)
      // Two bytes for each UTF-16 code unit at most, and what a Map takes.
      put(key, { tokens, expiresAt: now() + ttl, bytes: 2 * (key.length + tokens.value.length) + 200 })
      return true
    },
    async delete(key, expected) {
      if (current(key)?.version !== expected) return false
      drop(key)
      return true
    },
  }
}
