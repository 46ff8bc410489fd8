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
  set(key: string, value: string, unit: 'PX', milliseconds: number, condition: 'NX'): Promise<unknown>
  set(key: string, value: string, keep: 'KEEPTTL', condition: 'XX', get: 'GET'): Promise<unknown>
}

/** A client of either library. */
export type RedisTicketClient = NodeRedisTicketClient | IoredisTicketClient

/** Commands of one key, of Redis 6.2. */
export interface TicketCommands {
  /** `OK`, or null when there is one. */
  setOnce(key: string, value: string, milliseconds: number): Promise<unknown>
  get(key: string): Promise<unknown>
  /** What is there, for one alone to see; null for nothing. @throws {Error} when nobody can tell who has seen it */
  take(key: string): Promise<unknown>
}

// Of no ticket's text.
const TAKEN = '\0taken:'

/** @throws {TypeError} when it is no client of either library */
export function ticketCommandsOf(client: unknown): TicketCommands {
  if (isNodeRedis(client, ['set', 'get', 'getDel'])) {
    const redis = client as NodeRedisTicketClient // just checked
    return {
      setOnce: (key, sealed, value) => redis.set(key, sealed, { condition: 'NX', expiration: { type: 'PX', value } }),
      get: (key) => redis.get(key),
      take: async (key) => unlessTaken(await redis.getDel(key)),
    }
  }
  if (isIoredis(client, ['set', 'get'])) {
    const redis = client as IoredisTicketClient // just checked
    return {
      setOnce: (key, sealed, milliseconds) => redis.set(key, sealed, 'PX', milliseconds, 'NX'),
      get: (key) => redis.get(key),
      take: (key) => takeAgain(redis, key),
    }
  }
  throw notAClient(client)
}

/**
 * `ioredis` sends a command again when the connection broke before its reply came (`autoResendUnfulfilledCommands`), and
 * Redis may have carried it out. Of a second `GETDEL` nobody could tell whether the ticket was ours a moment ago or never
 * there. So a mark of this very call takes its place, until the ticket would have ended.
 */
async function takeAgain(client: IoredisTicketClient, key: string): Promise<unknown> {
  const mark = TAKEN + crypto.randomUUID()
  const reply = await client.set(key, mark, 'KEEPTTL', 'XX', 'GET')
  if (reply === mark) throw new Error('the ticket was lost with the connection to Redis')
  return unlessTaken(reply)
}

function unlessTaken(reply: unknown): unknown {
  return typeof reply === 'string' && reply.startsWith(TAKEN) ? null : reply
}
