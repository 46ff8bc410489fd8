import { wrong } from './options.js'

/** Runs a script, in one step for all who see its keys. A Cluster wants these in one slot. */
export type Evaluate = (script: string, keys: string[], values: string[]) => Promise<unknown>

/** What runs scripts of `redis` (node-redis). */
interface NodeRedisEvaluator {
  eval(script: string, options: { keys: string[]; arguments: string[] }): Promise<unknown>
}

/** What runs scripts of `ioredis`. */
interface IoredisEvaluator {
  eval(script: string, keys: number, ...keysAndArguments: string[]): Promise<unknown>
}

/**
 * @param methods - that the client needs beside `eval`
 * @throws {TypeError} when it is no client of either library
 */
export function evaluatorOf(client: unknown, methods: readonly string[]): Evaluate {
  if (isNodeRedis(client, ['eval', ...methods])) {
    const redis = client as NodeRedisEvaluator // just checked
    return (script, keys, values) => redis.eval(script, { keys, arguments: values })
  }
  if (isIoredis(client, ['eval', ...methods])) {
    const redis = client as IoredisEvaluator // just checked
    return (script, keys, values) => redis.eval(script, keys.length, ...keys, ...values)
  }
  throw notAClient(client)
}

/** A transaction and `client.legacy()` have the commands as well, but no `isOpen`. */
export function isNodeRedis(client: unknown, methods: readonly string[]): boolean {
  return hasFunctions(client, [...methods, 'sendCommand']) && 'isOpen' in client && typeof client.isOpen === 'boolean'
}

/** A pipeline of ioredis has the commands and no `status`. */
export function isIoredis(client: unknown, methods: readonly string[]): boolean {
  return hasFunctions(client, [...methods, 'defineCommand']) && 'status' in client && typeof client.status === 'string'
}

export function notAClient(client: unknown): TypeError {
  return wrong('client', client, 'a client of redis (createClient, createCluster, createSentinel) or ioredis')
}

export function hasFunctions(client: unknown, names: readonly string[]): client is object {
  if (typeof client !== 'object' || client === null) return false
  return names.every((name) => name in client && typeof Reflect.get(client, name) === 'function')
}
