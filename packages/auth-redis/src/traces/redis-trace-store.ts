import type { TraceStore } from '@acme/auth-core'

import { evaluatorOf } from '../evaluate.js'
import { wrong } from '../options.js'
import { createPending } from '../pending.js'
import { shardOf } from '../shards.js'
import { requireOptions } from '../store-options.js'
import { within } from '../within.js'

/** What is used of a client of `redis` (node-redis): `createClient`, `createCluster`, `createSentinel`. */
export interface NodeRedisTraceClient {
  readonly isOpen: boolean
  eval(script: string, options: { keys: string[]; arguments: string[] }): Promise<unknown>
}

/** What is used of a client of `ioredis`: `Redis`, also with Sentinel, and `Cluster`. */
export interface IoredisTraceClient {
  readonly status: string
  eval(script: string, keys: number, ...keysAndArguments: string[]): Promise<unknown>
}

/** A client of either library. */
export type RedisTraceClient = NodeRedisTraceClient | IoredisTraceClient

/** Options of {@link redisTraceStore}. Durations are seconds. */
export interface RedisTraceStoreOptions {
  /** What the names of the keys start with. Every replica of an API needs the same. @defaultValue 'traces:' */
  readonly prefix?: string
  /** How many are kept of all replicas; the newest push out the oldest. @defaultValue 1000 */
  readonly max?: number
  /** How long is waited for Redis at most. @defaultValue 1 */
  readonly timeout?: number
}

/** A {@link TraceStore} that always answers later. Both methods reject when Redis does not answer. */
export interface RedisTraceStore extends TraceStore {
  put(id: string, text: string, seconds: number): Promise<void>
  get(id: string): Promise<string | undefined>
}

// 32 KiB each, while Redis hangs: 3 MiB.
const MOST_PENDING = 100
const MOST_BYTES = 32 * 1024
const MOST_SECONDS = 86_400
const MOST = 10_000

// Two keys of one slot: a hash of texts with the time that each ends, and the order in which they came. Both are bounded here,
// in one step, since anybody can be refused: a key for each trace would be bounded by time alone.
const PUT = `
local now = tonumber(redis.call('TIME')[1])
local order = redis.call('INCR', KEYS[3])
redis.call('HSET', KEYS[1], ARGV[1], (now + ARGV[3]) .. ' ' .. ARGV[2])
redis.call('ZADD', KEYS[2], order, ARGV[1])
local more = redis.call('ZCARD', KEYS[2]) - ARGV[4]
if more > 0 then
  for _, id in ipairs(redis.call('ZRANGE', KEYS[2], 0, more - 1)) do redis.call('HDEL', KEYS[1], id) end
  redis.call('ZREMRANGEBYRANK', KEYS[2], 0, more - 1)
end
for _, key in ipairs(KEYS) do redis.call('EXPIRE', key, ARGV[3]) end
return 1`
const GET = `
local held = redis.call('HGET', KEYS[1], ARGV[1])
if not held then return false end
local space = string.find(held, ' ', 1, true)
if tonumber(string.sub(held, 1, space - 1)) <= tonumber(redis.call('TIME')[1]) then return false end
return string.sub(held, space + 1)`

/**
 * Traces of refused requests that all replicas of an API share: whichever refused one, any tells why. One script for each
 * refusal, and one for each that is read.
 *
 * The client is the caller's: to be connected, listened to for errors, and closed by the caller. No request waits for it.
 * Bounded at Redis: `max` traces of 32 KiB at most, in one slot of a Cluster.
 *
 * @param client - of `redis` or `ioredis`: single, Sentinel or Cluster
 * @throws {TypeError} when the client is none, or an option is bad
 * @example
 * ```ts
 * import { createResourceServer } from '@acme/auth-core'
 * import { redisTraceStore } from '@acme/auth-redis/traces'
 * import { createClient } from 'redis'
 *
 * const client = createClient({ url: process.env['REDIS_URL'] ?? 'redis://localhost:6379' })
 * client.on('error', () => undefined) // or log it
 * await client.connect()
 * const resourceServer = createResourceServer({
 *   domain: 'tenant.auth0.com',
 *   audience: 'https://api.example.com',
 *   traces: { store: redisTraceStore(client) },
 * })
 * console.log(await resourceServer.trace('8b1f6c9e')) // undefined: there is none
 * await client.close()
 * ```
 */
export function redisTraceStore(client: RedisTraceClient, options: RedisTraceStoreOptions = {}): RedisTraceStore {
  requireOptions(options, ['prefix', 'max', 'timeout'])
  const { prefix = 'traces:', max = 1000, timeout = 1 } = options
  if (!(Number.isSafeInteger(max) && max > 0 && max <= MOST)) throw wrong('max', max, `a whole number up to ${MOST}`)
  const evaluate = evaluatorOf(client, [])
  const keys = ['texts', 'order', 'count'].map((name) => `${prefix}{traces}:${name}`)
  const shardOfKey = shardOf(client)
  const pending = createPending(MOST_PENDING)

  async function run(script: string, values: string[]): Promise<unknown> {
    const shard = shardOfKey(keys[0] ?? '')
    pending.enter(shard)
    // Counted until the client lets go of it, and not only until somebody has given up.
    const leaving = async (): Promise<unknown> => {
      try {
        return await evaluate(script, keys, values)
      } finally {
        pending.leave(shard)
      }
    }
    return within(timeout, leaving())
  }

  return {
    async put(id, text, seconds) {
      requireTrace(id, text, seconds)
      await run(PUT, [id, text, String(Math.ceil(seconds)), String(max)])
    },
    async get(id) {
      if (!isTraceId(id)) return undefined
      const reply = await run(GET, [id])
      if (reply === null) return undefined
      if (typeof reply !== 'string') throw new Error('Redis gave no text in reply to a script')
      return reply
    },
  }
}

/** A correlation id. */
function isTraceId(id: unknown): boolean {
  return typeof id === 'string' && /^[A-Za-z0-9._:-]{1,128}$/.test(id)
}

/** @throws {RangeError} that shows nothing of it */
function requireTrace(id: string, text: string, seconds: number): void {
  if (!isTraceId(id)) throw new RangeError('the name of a trace is no correlation id')
  const isText = typeof text === 'string' && Buffer.byteLength(text) <= MOST_BYTES
  if (!isText) throw new RangeError(`a trace is no text of at most ${MOST_BYTES} bytes`)
  if (!(seconds > 0 && seconds <= MOST_SECONDS)) throw new RangeError('a trace is not kept for up to a day')
}
