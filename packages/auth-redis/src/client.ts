import { isIoredis, isNodeRedis, notAClient } from './evaluate.js'

/** What is used of a client of `redis` (node-redis): `createClient`, `createCluster`, `createSentinel`. */
export interface NodeRedisClient {
  readonly isOpen: boolean
  set(
    key: string,
    value: string,
    options: { condition: 'NX'; expiration: { type: 'PX'; value: number } },
  ): Promise<unknown>
}

/** What is used of a client of `ioredis`: `Redis`, also with Sentinel, and `Cluster`. */
export interface IoredisClient {
  readonly status: string
  set(key: string, value: string, unit: 'PX', milliseconds: number, condition: 'NX'): Promise<unknown>
  get(key: string): Promise<unknown>
}

/** A client of either library. */
export type RedisClient = NodeRedisClient | IoredisClient

/** Sets a key that is not set, for so many milliseconds: `OK`, or null when somebody else has set it. */
export type SetOnce = (key: string, milliseconds: number) => Promise<unknown>

/** @throws {TypeError} when it is no client of either library */
export function setOnceOf(client: unknown): SetOnce {
  // PX and not PXAT: the remaining time does not depend on the clock of the Redis server.
  if (isNodeRedis(client, ['set'])) {
    const redis = client as NodeRedisClient // just checked
    return (key, value) => redis.set(key, '1', { condition: 'NX', expiration: { type: 'PX', value } })
  }
  if (isIoredis(client, ['set', 'get'])) {
    const redis = client as IoredisClient // just checked
    return (key, milliseconds) => setOnceAgain(redis, key, milliseconds)
  }
  throw notAClient(client)
}

/**
 * `ioredis` sends a command again when the connection broke before its reply came (`autoResendUnfulfilledCommands`), and
 * Redis may have carried it out: then the key is there, with the value of this very reservation. `redis` rejects instead.
 */
async function setOnceAgain(client: IoredisClient, key: string, milliseconds: number): Promise<unknown> {
  const value = randomInteger()
  const reply = await client.set(key, value, 'PX', milliseconds, 'NX')
  if (reply !== null) return reply
  return (await client.get(key)) === value ? 'OK' : null
}

/** Of 52 bits: Redis keeps an integer in place of its text, in less memory. */
function randomInteger(): string {
  const [high = 0, low = 0] = crypto.getRandomValues(new Uint32Array(2))
  return String(2 ** 52 + high * 2 ** 20 + (low >>> 12))
}
