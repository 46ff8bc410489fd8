import { evaluatorOf } from '../evaluate.js'
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
  const evaluate = evaluatorOf(client, ['get'])
  const reader = client as { get(key: string): Promise<unknown> } // just checked
  return {
    async get(key) {
      const found = await within(timeout, reader.get(key))
      return typeof found === 'string' ? found : undefined
    },
    async run(script, key, ...values) {
      return Number(await within(timeout, evaluate(script, [key], values))) === 1
    },
  }
}
