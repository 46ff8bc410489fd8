import { eventually } from '@acme/tests-servers'
import { afterEach, describe, expect, it } from 'vitest'

import { redisReplayStore } from '../src/index.js'
import type { RedisReplayEvent, RedisReplayStore, RedisReplayStoreOptions } from '../src/index.js'
import { slotOf } from '../src/shards.js'
import { kindsOf, openClient } from '../test/clients.js'
import type { ClientKind } from '../test/clients.js'
import { newKey, newSender } from '../test/fake-client.js'
import { startBackend } from '../test/subject.js'
import type { Backend } from '../test/subject.js'

const open: { close(): unknown }[] = []
// The slots of the first master of three.
const SLOTS = Math.floor(16_384 / 3)
const STUCK = 10_500

afterEach(async () => {
  for (const one of open.splice(0).toReversed()) await one.close()
})

const soon = (): number => Date.now() / 1000 + 120

/** Keys of the master that will hang, or of the two others. */
function keysOf(count: number, hanging: boolean): string[] {
  const keys: string[] = []
  while (keys.length < count) {
    const key = newKey()
    if (slotOf(`dpop:${key}`) < SLOTS === hanging) keys.push(key)
  }
  return keys
}

async function answers(store: RedisReplayStore, keys: readonly string[]): Promise<Record<string, number>> {
  const counts: Record<string, number> = {}
  const all = await Promise.allSettled(keys.map((key) => store.reserve(key, soon(), newSender())))
  for (const one of all) {
    const answer = one.status === 'fulfilled' ? one.value : 'refused'
    counts[answer] = (counts[answer] ?? 0) + 1
  }
  return counts
}

async function setup(kind: ClientKind, options: RedisReplayStoreOptions): Promise<World> {
  // A busy machine must not let one of the two others believe, after 2 s, that it is alone: it would answer CLUSTERDOWN.
  const settings = ['--cluster-require-full-coverage', 'no', '--cluster-node-timeout', '15000']
  const backend = await startBackend(kind, settings)
  open.push(backend)
  const clients = [await openClient[kind](backend), await openClient[kind](backend)] as const
  open.push(...clients)
  const [first, second] = clients.map(({ client }) => redisReplayStore(client, { timeout: 2, ...options }))
  if (first === undefined || second === undefined) throw new Error('two stores')
  return { backend, first, second }
}

interface World {
  readonly backend: Backend
  readonly first: RedisReplayStore
  readonly second: RedisReplayStore
}

// As a partition without resets: connections stay open, and nothing is answered.
describe.each(kindsOf('Cluster'))('%s, one master of three hangs, and more proofs wait for it than may', (kind) => {
  it('its share is refused, and that of the others is judged', { timeout: 120_000 }, async () => {
    const { backend, first } = await setup(kind, {})
    expect(await answers(first, keysOf(50, true))).toEqual({ reserved: 50 })
    backend.servers[0]?.freeze()
    expect(await answers(first, keysOf(STUCK, true))).toEqual({ refused: STUCK })
    const healthy = keysOf(500, false)
    expect(await answers(first, healthy)).toEqual({ reserved: 500 })
    expect(await answers(first, healthy)).toEqual({ seen: 500 })
    expect(await answers(first, keysOf(20, true))).toEqual({ refused: 20 })
    backend.servers[0]?.thaw()
    await eventually('all of them again', async () => (await answers(first, keysOf(60, true)))['reserved'] === 60, 60)
  })

  it("whenDown 'memory': replicas still share what belongs to the others", { timeout: 120_000 }, async () => {
    const events: RedisReplayEvent[] = []
    const { backend, first, second } = await setup(kind, { whenDown: 'memory', onEvent: (event) => events.push(event) })
    backend.servers[0]?.freeze()
    expect(await answers(first, keysOf(STUCK, true))).toEqual({ reserved: STUCK })
    const healthy = keysOf(500, false)
    expect(await answers(first, healthy)).toEqual({ reserved: 500 })
    expect(await answers(second, healthy)).toEqual({ seen: 500 })
    expect(events).toMatchObject([{ state: 'down' }])
    backend.servers[0]?.thaw()
  })
})

describe('the slot of a key', () => {
  it('is what Redis says, hash tags included', async () => {
    const backend = await startBackend('redis, Cluster', [])
    open.push(backend)
    const keys = ['', 'foo', '{tag}a', 'a{tag}b', '{}a', 'a{', 'a}b{c}', '{{x}}', 'é', ...keysOf(20, true)]
    for (const key of keys) {
      expect([key, `:${slotOf(key)}`]).toEqual([key, await backend.servers[0]?.send('CLUSTER', 'KEYSLOT', key)])
    }
  })
})
