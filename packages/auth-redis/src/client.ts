import { wrong } from './options.js'

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
}

/** A client of either library. */
export type RedisClient = NodeRedisClient | IoredisClient

/** Sets a key that is not set, for so many milliseconds: `OK`, or null when it is set already. */
export type SetOnce = (key: string, milliseconds: number) => Promise<unknown>

/** @throws {TypeError} when it is no client of either library */
export function setOnceOf(client: unknown): SetOnce {
  // PX and not PXAT: the remaining time does not depend on the clock of the Redis server.
  if (isNodeRedis(client)) {
    return (key, value) => client.set(key, '1', { condition: 'NX', expiration: { type: 'PX', value } })
  }
  if (isIoredis(client)) return (key, milliseconds) => client.set(key, '1', 'PX', milliseconds, 'NX')
  throw wrong('client', client, 'a client of redis (createClient, createCluster, createSentinel) or ioredis')
}

/** A transaction and `client.legacy()` have `set` as well, but no `isOpen`. */
function isNodeRedis(client: unknown): client is NodeRedisClient {
  return hasFunctions(client, ['set', 'sendCommand']) && 'isOpen' in client && typeof client.isOpen === 'boolean'
}

/** A pipeline of ioredis has `set` and no `status`. */
function isIoredis(client: unknown): client is IoredisClient {
  return hasFunctions(client, ['set', 'defineCommand']) && 'status' in client && typeof client.status === 'string'
}

function hasFunctions(client: unknown, names: readonly string[]): client is object {
  if (typeof client !== 'object' || client === null) return false
  return names.every((name) => name in client && typeof Reflect.get(client, name) === 'function')
}
