import { randomUUID } from 'node:crypto'

import type {
  DisturbedReplayStoreFixture,
  ReplayStoreImplementation,
  ReplayStoreFixture,
} from '@acme/auth-conformance/replay-store'
import { startRedis, startRedisCluster, startRedisSentinel } from '@acme/tests-servers'
import type { RedisServer } from '@acme/tests-servers'

import { redisReplayStore } from '../src/index.js'
import type { RedisReplayStoreOptions } from '../src/index.js'
import { openClient } from './clients.js'
import type { ClientKind, OpenClient, Target } from './clients.js'

// What the guide demands: full means full, and nothing is lost when it restarts.
export const SAFE = ['--maxmemory-policy', 'noeviction', '--appendonly', 'yes', '--appendfsync', 'always']
// A little more than what an empty Redis takes.
const SMALL = ['--maxmemory-policy', 'noeviction', '--maxmemory', '3mb', '--repl-backlog-size', '16kb']
export const TIMEOUT = 0.5
// Where nothing is to be waited for: it only finds what hangs.
const PATIENT = 20

/** A Redis of some kind. */
export interface Backend extends Target {
  readonly servers: readonly RedisServer[]
  close(): Promise<void>
}

export async function startBackend(kind: ClientKind, settings: readonly string[] = SAFE): Promise<Backend> {
  if (kind.endsWith('Cluster')) {
    const cluster = await startRedisCluster(settings)
    return { cluster, servers: cluster.nodes, close: () => cluster.close() }
  }
  if (kind.endsWith('Sentinel')) {
    const sentinel = await startRedisSentinel(settings)
    return { sentinel, servers: [sentinel.master, sentinel.replica], close: () => sentinel.close() }
  }
  const single = await startRedis(settings)
  return { single, servers: [single], close: () => single.close() }
}

/** A store, with two clients of its own and a prefix that makes it empty. */
async function startFixture(
  kind: ClientKind,
  backend: Backend,
  options: RedisReplayStoreOptions = {},
): Promise<Omit<ReplayStoreFixture, 'close'> & { readonly close: () => void }> {
  const clients: OpenClient[] = [await openClient[kind](backend), await openClient[kind](backend)]
  const settings = { prefix: `${randomUUID()}:`, timeout: PATIENT, clockTolerance: 0, ...options }
  const [first, second] = clients
  if (first === undefined || second === undefined) throw new Error('no clients')
  return {
    store: redisReplayStore(first.client, settings),
    another: () => redisReplayStore(second.client, settings),
    close: () => clients.forEach((client) => client.close()),
  }
}

async function startOwn(
  kind: ClientKind,
  settings: readonly string[],
  options: RedisReplayStoreOptions = {},
): Promise<DisturbedReplayStoreFixture> {
  const backend = await startBackend(kind, settings)
  const fixture = await startFixture(kind, backend, options)
  const { servers } = backend
  return {
    ...fixture,
    stop: async () => void (await Promise.all(servers.map((server) => server.kill()))),
    start: async () => void (await Promise.all(servers.map((server) => server.start()))),
    hold: () => servers.forEach((server) => server.freeze()),
    release: () => servers.forEach((server) => server.thaw()),
    async close() {
      fixture.close()
      await backend.close()
    },
  }
}

/** What the conformance suite needs of a store on Redis. */
export function implementationOf(kind: ClientKind, backend: () => Backend): ReplayStoreImplementation {
  return {
    shared: true,
    timeout: TIMEOUT,
    // A key that is due is gone for every command at once; the rest is the time that the answer takes.
    keptLonger: 2,
    start: () => startFixture(kind, backend()),
    startSmall: () => startOwn(kind, SMALL),
    startDisturbed: () => startOwn(kind, SAFE, { timeout: TIMEOUT }),
  }
}
