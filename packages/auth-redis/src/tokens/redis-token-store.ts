import { wrong } from '../options.js'
import { commandsOf } from './commands.js'
import type { RedisTokenClient } from './commands.js'
import { noSeal, sealOf } from './seal.js'
import type { Seal } from './seal.js'
import { requireOptions } from '../store-options.js'

/** Options of {@link redisTokenStore}. */
export interface RedisTokenStoreOptions {
  /**
   * How tokens are encrypted at rest, by AES-GCM: keys of 32 random bytes each, of which the first encrypts and all decrypt.
   * `'none'` stores them as they are: whoever reads the Redis, or a copy of it, is then every user.
   */
  readonly encryption: { readonly keys: readonly Uint8Array[] } | 'none'
  /** What the names of the keys start with. @defaultValue 'tokens:' */
  readonly prefix?: string
  /** Seconds that a command may take. @defaultValue 1 */
  readonly timeout?: number
}

/** Tokens as they are stored, see `StoredTokens` of `@acme/auth-client`. */
export interface StoredTokens {
  readonly version: string
  readonly value: string
}

/** A `TokenStore` of `@acme/auth-client`. */
export interface RedisTokenStore {
  get(key: string): Promise<StoredTokens | undefined>
  set(
    key: string,
    tokens: StoredTokens,
    options: { readonly expected: string | undefined; readonly ttl: number },
  ): Promise<boolean>
  delete(key: string, expected: string): Promise<boolean>
}

// A version, a colon, and the value. `ioredis` sends a command again when the reply was lost: the second time it finds what
// the first has written, which is as good.
const SET = `
local current = redis.call('GET', KEYS[1])
local version = current and string.match(current, '^([^:]*):') or ''
if version == ARGV[2] then return 1 end
if version ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2] .. ':' .. ARGV[3], 'PX', ARGV[4])
return 1`

const DELETE = `
local current = redis.call('GET', KEYS[1])
if not current or (string.match(current, '^([^:]*):') or '') ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])`

/**
 * Keeps the tokens of `@acme/auth-client` where all processes find them. A write happens when the version is as expected, in
 * one step: who lost the lock cannot overwrite what another has saved since.
 *
 * @throws {TypeError} that names the option, and shows nothing of a key
 * @example
 * ```ts
 * import { redisTokenStore } from '@acme/auth-redis/tokens'
 * import { createClient } from 'redis'
 *
 * const client = createClient({ url: process.env['REDIS_URL'] ?? 'redis://127.0.0.1:6379' })
 * const key = crypto.getRandomValues(new Uint8Array(32)) // from a secret store, the same for every process
 * const store = redisTokenStore(client, { encryption: { keys: [key] } })
 * console.log(typeof store.get)
 * ```
 */
export function redisTokenStore(client: RedisTokenClient, options: RedisTokenStoreOptions): RedisTokenStore {
  requireOptions(options, ['encryption', 'prefix', 'timeout'])
  const { prefix = 'tokens:', timeout = 1 } = options
  const seal = sealFor(options)
  const commands = commandsOf(client, timeout)
  return {
    async get(key) {
      const stored = await commands.get(prefix + key)
      if (stored === undefined) return undefined
      const at = stored.indexOf(':')
      // Something else that was written there has no version.
      const version = stored.slice(0, Math.max(0, at))
      // What does not open is nothing: a login may replace it.
      return { version, value: (await seal.open(nameOf(key, version), stored.slice(at + 1))) ?? '' }
    },
    async set(key, { version, value }, { expected = '', ttl }) {
      if (!/^[\w-]{1,64}$/.test(version)) throw wrong('version', version, 'letters, digits, - and _')
      const sealed = await seal.close(nameOf(key, version), value)
      return commands.run(SET, prefix + key, expected, version, sealed, String(Math.ceil(ttl * 1000)))
    },
    delete: (key, expected) => commands.run(DELETE, prefix + key, expected),
  }
}

/** What was sealed for one version does not open as another. A whole entry of the past, version and all, does. */
function nameOf(key: string, version: string): string {
  return `${key}:${version}`
}

function sealFor({ encryption }: RedisTokenStoreOptions): Seal {
  if (encryption === 'none') return noSeal
  if (typeof encryption === 'object' && encryption !== null) return sealOf(encryption.keys)
  throw wrong('encryption', {}, "{ keys } or 'none'")
}
