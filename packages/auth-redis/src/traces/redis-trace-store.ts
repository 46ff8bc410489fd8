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
  /**
   * How many names are kept of all replicas, each with four traces at most; beyond that the oldest of the kind with most goes.
   * @defaultValue 1000
   */
  readonly max?: number
  /** How long is waited for Redis at most. @defaultValue 1 */
  readonly timeout?: number
}

/** A {@link TraceStore} that always answers later. Both methods reject when Redis does not answer. */
export interface RedisTraceStore extends TraceStore {
  put(id: string, text: string, seconds: number, kind: string): Promise<void>
  get(id: string): Promise<readonly string[]>
}

// 32 KiB each, while Redis hangs: 3 MiB.
const MOST_PENDING = 100
const MOST_BYTES = 32 * 1024
const MOST_SECONDS = 86_400
// Characters.
const MOST_KIND = 100
const MOST = 10_000

// Keys of one slot: of each name a list of texts with the time that each ends, the order in which names came, and how many
// there are of each kind. All are bounded here, in one step, since anybody can be refused: a key for each trace would be
// bounded by time alone. What is taken out of the largest kind is its oldest, so that a flood pushes out its like.
const PUT = `
local texts, order, count, kinds, sizes = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local id, text, seconds, max, kind = ARGV[1], ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4]), ARGV[5]
local now = tonumber(redis.call('TIME')[1])
local held, bytes = {}, 0
for _, one in ipairs(cjson.decode(redis.call('HGET', texts, id) or '[]')) do
  if one[1] > now then
    held[#held + 1] = one
    bytes = bytes + #one[2]
  end
end
held[#held + 1] = { now + seconds, text }
bytes = bytes + #text
while #held > 4 or (#held > 2 and bytes > 65536) do bytes = bytes - #table.remove(held, 2)[2] end
redis.call('HSET', texts, id, cjson.encode(held))
-- A full Redis may have dropped one of the keys: nothing bounds what is left without it, which is dropped as well.
local there = 0
for _, key in ipairs(KEYS) do there = there + redis.call('EXPIRE', key, seconds) end
if there < #KEYS then
  for _, key in ipairs(KEYS) do redis.call('EXPIRE', key, 0) end
  redis.call('HSET', texts, id, cjson.encode(held))
end
redis.call('ZADD', order, redis.call('INCR', count), id)
if redis.call('HSETNX', kinds, id, kind) == 1 then redis.call('HINCRBY', sizes, kind, 1) end

local function oldestOfLargest()
  local all, largest, most = redis.call('HGETALL', sizes), '', 0
  for at = 1, #all, 2 do
    if tonumber(all[at + 1]) > most then largest, most = all[at], tonumber(all[at + 1]) end
  end
  for start = 0, max, 100 do
    for _, name in ipairs(redis.call('ZRANGE', order, start, start + 99)) do
      if redis.call('HGET', kinds, name) == largest then return name end
    end
  end
  return redis.call('ZRANGE', order, 0, 0)[1]
end

while redis.call('ZCARD', order) > max do
  local name = oldestOfLargest()
  local of = redis.call('HGET', kinds, name)
  if of and redis.call('HINCRBY', sizes, of, -1) < 1 then redis.call('HDEL', sizes, of) end
  redis.call('HDEL', texts, name)
  redis.call('HDEL', kinds, name)
  redis.call('ZREM', order, name)
end
for _, key in ipairs(KEYS) do redis.call('EXPIRE', key, seconds) end
return 1`
const GET = `
local now, texts = tonumber(redis.call('TIME')[1]), {}
for _, one in ipairs(cjson.decode(redis.call('HGET', KEYS[1], ARGV[1]) or '[]')) do
  if one[1] > now then texts[#texts + 1] = one[2] end
end
return texts`

/**
 * Traces of refused requests that all replicas of an API share: whichever refused one, any tells why. One script for each
 * refusal, and one for each that is read.
 *
 * The client is the caller's: to be connected, listened to for errors, and closed by the caller. No request waits for it.
 * Bounded at Redis: `max` names, each with a trace of 32 KiB at most and further ones up to 64 KiB, in one slot of a Cluster.
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
  const keys = ['texts', 'order', 'count', 'kinds', 'sizes'].map((name) => `${prefix}{traces}:${name}`)
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
    async put(id, text, seconds, kind) {
      requireTrace({ id, text, seconds, kind })
      await run(PUT, [id, text, String(Math.ceil(seconds)), String(max), kind])
    },
    async get(id) {
      if (!isTraceId(id)) return []
      const reply = await run(GET, [id])
      if (!Array.isArray(reply) || !reply.every((one) => typeof one === 'string'))
        throw new Error('Redis gave no texts in reply to a script')
      return reply
    },
  }
}

/** A correlation id. */
function isTraceId(id: unknown): boolean {
  return typeof id === 'string' && /^[A-Za-z0-9._:-]{1,128}$/.test(id)
}

interface GivenTrace {
  readonly id: string
  readonly text: string
  readonly seconds: number
  readonly kind: string
}

/** @throws {RangeError} that shows nothing of it */
function requireTrace({ id, text, seconds, kind }: GivenTrace): void {
  if (!isTraceId(id)) throw new RangeError('the name of a trace is no correlation id')
  const isText = typeof text === 'string' && Buffer.byteLength(text) <= MOST_BYTES
  if (!isText) throw new RangeError(`a trace is no text of at most ${MOST_BYTES} bytes`)
  if (!(seconds > 0 && seconds <= MOST_SECONDS)) throw new RangeError('a trace is not kept for up to a day')
  if (typeof kind !== 'string' || kind.length > MOST_KIND) throw new RangeError('the kind of a trace is no short text')
}
