import { isSeconds, wrong } from '../options.js'
import { commandsOf } from './commands.js'
import type { Commands, RedisTokenClient } from './commands.js'
import { requireOptions, requireSeconds } from '../store-options.js'

/** Options of {@link redisLock}. Durations are seconds. */
export interface RedisLockOptions {
  /** What the names of the keys start with. @defaultValue 'lock:' */
  readonly prefix?: string
  /** After how long the lock of a process that died is free. It is renewed three times as often. @defaultValue 10 */
  readonly ttl?: number
  /** How long a caller waits for it. @defaultValue 30 */
  readonly wait?: number
  /** Seconds that a command may take. @defaultValue 1 */
  readonly timeout?: number
}

/** A `Lock` of `@acme/auth-client`. */
export interface RedisLock {
  withLock<Result>(
    name: string,
    work: (lost: AbortSignal) => Promise<Result>,
    options?: { readonly signal?: AbortSignal },
  ): Promise<Result>
}

// `ioredis` sends a command again when the reply was lost: then the lock is ours already.
const ACQUIRE = `
if redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2]) then return 1 end
if redis.call('GET', KEYS[1]) == ARGV[1] then return 1 end
return 0`

const EXTEND = `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('PEXPIRE', KEYS[1], ARGV[2])`

// Nobody's but our own: it may have ended, and be another's by now.
const RELEASE = `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])`

// Milliseconds between two looks, at least; up to twice as many.
const PAUSE = 25

/**
 * A lock that all processes share: of one Redis, with an owner and an end. It keeps two processes from renewing the same
 * session; that the slower one writes nothing wrong when it lost the lock, the versions of the store see to.
 *
 * @throws {TypeError} that names the option; when it is no client of either library
 * @example
 * ```ts
 * import { redisLock } from '@acme/auth-redis/tokens'
 * import { createClient } from 'redis'
 *
 * const client = createClient({ url: process.env['REDIS_URL'] ?? 'redis://127.0.0.1:6379' })
 * client.on('error', () => undefined)
 * await client.connect()
 * await redisLock(client).withLock('session', async () => console.log('nobody else'))
 * await client.close()
 * ```
 */
export function redisLock(client: RedisTokenClient, options: RedisLockOptions = {}): RedisLock {
  const { prefix = 'lock:', ttl = 10, wait = 30, timeout = 1 } = options
  requireOptions(options, ['prefix', 'ttl', 'wait', 'timeout'])
  requireSeconds('ttl', ttl)
  // Without an end it would be waited for for ever.
  if (!isSeconds(wait)) throw wrong('wait', wait, 'seconds, 0 or more and up to a day')
  const commands = commandsOf(client, timeout)
  return {
    async withLock(name, work, { signal } = {}) {
      const milliseconds = String(Math.ceil(ttl * 1000))
      const held: Held = { key: prefix + name, owner: crypto.randomUUID(), milliseconds, renewedAt: 0 }
      // It ends by itself when this fails.
      const release = (): Promise<unknown> => commands.run(RELEASE, held.key, held.owner).catch(() => undefined)
      try {
        await acquire(commands, held, wait, signal)
      } catch (error) {
        // The reply may have been lost, and the lock be ours.
        void release()
        throw error
      }
      const lost = new AbortController()
      const renewal = setInterval(() => void extend(commands, held, lost), (ttl * 1000) / 3)
      try {
        return await work(lost.signal)
      } finally {
        clearInterval(renewal)
        await release()
      }
    },
  }
}

interface Held {
  readonly key: string
  readonly owner: string
  readonly milliseconds: string
  /** Milliseconds of the monotonic clock. */
  renewedAt: number
}

async function acquire(commands: Commands, held: Held, wait: number, signal: AbortSignal | undefined): Promise<void> {
  const { key, owner, milliseconds } = held
  const end = performance.now() + wait * 1000
  for (;;) {
    signal?.throwIfAborted()
    held.renewedAt = performance.now()
    if (await commands.run(ACQUIRE, key, owner, milliseconds)) return
    if (performance.now() > end) throw new Error(`a lock was not free within ${wait} s`)
    await new Promise((resolve) => setTimeout(resolve, PAUSE * (1 + Math.random())))
  }
}

/** An outage that is shorter than what the lock has left is none: the next renewal may pass. */
async function extend(commands: Commands, held: Held, lost: AbortController): Promise<void> {
  const { key, owner, milliseconds } = held
  const before = performance.now()
  const isHeld = await commands.run(EXTEND, key, owner, milliseconds).catch(() => undefined)
  if (isHeld) held.renewedAt = before
  const isOver = performance.now() - held.renewedAt > Number(milliseconds)
  if (isHeld === false || (isHeld === undefined && isOver)) lost.abort(new Error('the lock was lost'))
}
