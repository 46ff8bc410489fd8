/** What is used of a client of `redis` (node-redis): `createClient`, `createCluster`, `createSentinel`. */
export interface NodeRedisRevocationsClient {
  readonly isOpen: boolean
  eval(script: string, options: { keys: string[]; arguments: string[] }): Promise<unknown>
  duplicate(): unknown
}

/** What is used of a client of `ioredis`: `Redis`, also with Sentinel, and `Cluster`. */
export interface IoredisRevocationsClient {
  readonly status: string
  eval(script: string, keys: number, ...keysAndArguments: string[]): Promise<unknown>
  duplicate(): unknown
}

/** A client of either library. */
export type RedisRevocationsClient = NodeRedisRevocationsClient | IoredisRevocationsClient
