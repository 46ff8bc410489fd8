import { isIoredis, isNodeRedis, notAClient } from '../evaluate.js'

/** What is used of a client of `redis` (node-redis): `createClient`, `createCluster`, `createSentinel`. */
export interface NodeRedisTicketClient {
  readonly isOpen: boolean
  get(key: string): Promise<unknown>
  getDel(key: string): Promise<unknown>
  set(
    key: string,
    value: string,
    options: { condition: 'NX'; expiration: { type: 'PX'; value: number } },
  ): Promise<unknown>
}

/** What is used of a client of `ioredis`: `Redis`, also with Sentinel, and `Cluster`. */
export interface IoredisTicketClient {
  readonly status: string
  get(key: string): Promise<unknown>
  getdel(key: string): Promise<unknown>
  set(key: string, value: string, unit: 'PX', milliseconds: number, condition: 'NX'): Promise<unknown>
}

/** A client of either library. */
export type RedisTicketClient = NodeRedisTicketClient | IoredisTicketClient

/** Commands of one key. `getdel` is of Redis 6.2. */
export interface TicketCommands {
  /** `OK`, or null when there is one. */
  setOnce(key: string, value: string, milliseconds: number): Promise<unknown>
  get(key: string): Promise<unknown>
  getAndDelete(key: string): Promise<unknown>
}

/** @throws {TypeError} when it is no client of either library */
export function ticketCommandsOf(client: unknown): TicketCommands {
  if (isNodeRedis(client, ['set', 'get', 'getDel'])) {
    const redis = client as NodeRedisTicketClient // just checked
    return {
      setOnce: (key, sealed, value) => redis.set(key, sealed, { condition: 'NX', expiration: { type: 'PX', value } }),
      get: (key) => redis.get(key),
      getAndDelete: (key) => redis.getDel(key),
    }
  }
  if (isIoredis(client, ['set', 'get', 'getdel'])) {
    const redis = client as IoredisTicketClient // just checked
    return {
      setOnce: (key, sealed, milliseconds) => redis.set(key, sealed, 'PX', milliseconds, 'NX'),
      get: (key) => redis.get(key),
      getAndDelete: (key) => redis.getdel(key),
    }
  }
  throw notAClient(client)
}
