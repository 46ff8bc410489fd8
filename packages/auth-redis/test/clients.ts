import type { RedisCluster, RedisSentinel, RedisServer } from '@acme/tests-servers'
import { Cluster, Redis } from 'ioredis'
import { createClient, createCluster, createSentinel } from 'redis'

import type { RedisClient } from '../src/index.js'

/** A client that is connected. */
export interface OpenClient {
  readonly client: RedisClient
  close(): void
}

/** How to reach a Redis. */
export interface Target {
  readonly single?: RedisServer
  readonly cluster?: RedisCluster
  readonly sentinel?: RedisSentinel
  /** Of a single server. */
  readonly password?: string
}

// A test ends servers: clients have to try again soon, and to say nothing.
const RETRY_MS = 50
const quiet = (): undefined => undefined

/** Opens a client of each kind. */
export const openClient = {
  async 'redis, single'({ single, password }) {
    const url = `redis://127.0.0.1:${single?.port}`
    const client = createClient({
      url,
      ...(password !== undefined && { password }),
      socket: { reconnectStrategy: RETRY_MS },
    })
    await client.on('error', quiet).connect()
    return { client, close: () => client.destroy() }
  },
  async 'redis, Cluster'({ cluster }) {
    const rootNodes = (cluster?.nodes ?? []).map(({ port }) => ({ url: `redis://127.0.0.1:${port}` }))
    const client = createCluster({ rootNodes, defaults: { socket: { reconnectStrategy: RETRY_MS } } })
    await client.on('error', quiet).connect()
    return { client, close: () => client.destroy() }
  },
  async 'redis, Sentinel'({ sentinel }) {
    const client = createSentinel({
      name: sentinel?.name ?? '',
      sentinelRootNodes: [{ host: '127.0.0.1', port: sentinel?.port ?? 0 }],
      scanInterval: 200,
      // Without it, concurrent commands go one at a time.
      reserveClient: true,
    })
    await client.on('error', quiet).connect()
    return { client, close: () => void client.destroy().catch(quiet) }
  },
  async 'ioredis, single'({ single, password }) {
    // By default the queue is given up after twenty attempts to connect, which is a second here.
    const patient = { retryStrategy: () => RETRY_MS, maxRetriesPerRequest: null }
    const where = { port: single?.port ?? 0, host: '127.0.0.1', ...(password !== undefined && { password }) }
    const client = new Redis({ ...where, ...patient })
    client.on('error', quiet)
    await ready(client)
    return { client, close: () => client.disconnect() }
  },
  async 'ioredis, Cluster'({ cluster }) {
    const nodes = (cluster?.nodes ?? []).map(({ port }) => ({ host: '127.0.0.1', port }))
    const client = new Cluster(nodes, { clusterRetryStrategy: () => RETRY_MS })
    client.on('error', quiet)
    await ready(client)
    return { client, close: () => client.disconnect() }
  },
  async 'ioredis, Sentinel'({ sentinel }) {
    const client = new Redis({
      sentinels: [{ host: '127.0.0.1', port: sentinel?.port ?? 0 }],
      name: sentinel?.name ?? '',
      retryStrategy: () => RETRY_MS,
      sentinelRetryStrategy: () => RETRY_MS,
    })
    client.on('error', quiet)
    await ready(client)
    return { client, close: () => client.disconnect() }
  },
} satisfies Record<string, (target: Target) => Promise<OpenClient>>

export type ClientKind = keyof typeof openClient

/** The clients of both libraries, for a kind of set-up. */
export function kindsOf(setUp: 'single' | 'Cluster' | 'Sentinel'): ClientKind[] {
  return (Object.keys(openClient) as ClientKind[]).filter((kind) => kind.endsWith(setUp))
}

function ready(client: Redis | Cluster): Promise<void> {
  return new Promise((resolve) => {
    if (client.status === 'ready') resolve()
    else client.once('ready', () => resolve())
  })
}
