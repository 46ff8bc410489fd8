import { eventually } from './program.js'
import { startRedis } from './redis-server.js'
import type { RedisServer } from './redis-server.js'

/** A Redis Cluster of three masters. */
export interface RedisCluster {
  readonly nodes: readonly RedisServer[]
  close(): Promise<void>
}

const SLOTS = 16_384
const MASTERS = 3

/** @param settings - of every node, see `startRedis` */
export async function startRedisCluster(settings: readonly string[] = []): Promise<RedisCluster> {
  const own = ['--cluster-enabled', 'yes', '--cluster-node-timeout', '2000', ...settings]
  const started = await Promise.allSettled(Array.from({ length: MASTERS }, () => startRedis(own)))
  const nodes = started.filter((one) => one.status === 'fulfilled').map(({ value }) => value)
  const close = async (): Promise<void> => void (await Promise.all(nodes.map((node) => node.close())))
  try {
    await form(nodes)
  } catch (error) {
    await close()
    throw error
  }
  return { nodes, close }
}

/** Makes one cluster of them. */
async function form(nodes: readonly RedisServer[]): Promise<void> {
  if (nodes.length < MASTERS) throw new Error(`${nodes.length} of ${MASTERS} servers started`)
  const [first, ...others] = nodes
  await Promise.all(nodes.map((node, index) => node.send('CLUSTER', 'ADDSLOTSRANGE', ...slotsOf(index))))
  await Promise.all(nodes.map((node, index) => node.send('CLUSTER', 'SET-CONFIG-EPOCH', String(index + 1))))
  const bus = /cluster-port\r?\n\$\d+\r?\n(\d+)/.exec((await first?.send('CONFIG', 'GET', 'cluster-port')) ?? '')?.[1]
  for (const node of others) await node.send('CLUSTER', 'MEET', '127.0.0.1', String(first?.port), bus ?? '')
  await eventually('a cluster that knows all of its slots', async () => {
    const states = await Promise.all(nodes.map((node) => node.send('CLUSTER', 'INFO')))
    return states.every((state) => state.includes('cluster_state:ok') && state.includes('cluster_known_nodes:3'))
  })
}

function slotsOf(index: number): [string, string] {
  const slot = (part: number): number => Math.floor((SLOTS * part) / MASTERS)
  return [String(slot(index)), String(slot(index + 1) - 1)]
}
