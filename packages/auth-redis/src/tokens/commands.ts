import { wrong } from '../options.js'
import { within } from '../within.js'

/** What is used of a client of `redis` (node-redis). */
export interface NodeRedisTokenClient {
  readonly isOpen: boolean
  get(key: string): Promise<unknown>
  eval(script: string, options: { keys: string[]; arguments: string[] }): Promise<unknown>
}

/** What is used of a client of `ioredis`. */
export interface IoredisTokenClient {
  readonly status: string
  get(key: string): Promise<unknown>
  eval(script: string, keys: number, ...keysAndArguments: string[]): Promise<unknown>
}

/** A client of either library: `createClient`, `createCluster`, `createSentinel`; `Redis`, `Cluster`. */
export type RedisTokenClient = NodeRedisTokenClient | IoredisTokenClient

/** Commands of one key, each of them within a time limit. */
export interface Commands {
  get(key: string): Promise<string | undefined>
  /** @returns whether the script returned 1 */
  run(script: string, key: string, ...values: string[]): Promise<boolean>
}

/** @throws {TypeError} when it is no client of either library */
export function commandsOf(client: unknown, timeout: number): Commands {
  const evaluate = evaluatorOf(client)
  const reader = client as { get(key: string): Promise<unknown> } // just checked
  return {
    async get(key) {
      const found = await within(timeout, reader.get(key))
      return typeof found === 'string' ? found : undefined
    },
    async run(script, key, ...values) {
      return Number(await within(timeout, evaluate(script, key, values))) === 1
    },
  }
}

type Evaluate = (script: string, key: string, values: string[]) => Promise<unknown>

function evaluatorOf(client: unknown): Evaluate {
  if (isNodeRedis(client)) return (script, key, values) => client.eval(script, { keys: [key], arguments: values })
  if (isIoredis(client)) return (script, key, values) => client.eval(script, 1, key, ...values)
  throw wrong('client', client, 'a client of redis (createClient, createCluster, createSentinel) or ioredis')
}

function isNodeRedis(client: unknown): client is NodeRedisTokenClient {
  return (
    hasFunctions(client, ['get', 'eval', 'sendCommand']) && 'isOpen' in client && typeof client.isOpen === 'boolean'
  )
}

function isIoredis(client: unknown): client is IoredisTokenClient {
  const isClient = hasFunctions(client, ['get', 'eval', 'defineCommand'])
  return isClient && 'status' in client && typeof client.status === 'string'
}

function hasFunctions(client: unknown, names: readonly string[]): client is object {
  if (typeof client !== 'object' || client === null) return false
  return names.every((name) => name in client && typeof Reflect.get(client, name) === 'function')
}
