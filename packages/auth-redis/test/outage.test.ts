import { eventually } from '@acme/test-servers'
import { afterEach, describe, expect, it } from 'vitest'

import { redisReplayStore } from '../src/index.js'
import type { RedisReplayEvent } from '../src/index.js'
import { openClient } from './clients.js'
import type { ClientKind, OpenClient } from './clients.js'
import { newKey, newSender } from './fake-client.js'
import { startBackend } from './subject.js'
import type { Backend } from './subject.js'

const kinds = Object.keys(openClient) as ClientKind[]
const single = kinds.filter((kind) => kind.endsWith('single'))
const open: { close(): unknown }[] = []

afterEach(async () => {
  for (const one of open.splice(0).toReversed()) await one.close()
})

async function setup(
  kind: ClientKind,
  settings?: readonly string[],
): Promise<{ backend: Backend; client: OpenClient }> {
  const backend = await startBackend(kind, settings)
  open.push(backend)
  const client = await openClient[kind](backend)
  open.push(client)
  return { backend, client }
}

// Longer than any test waits for a server on a busy machine.
const soon = (): number => Date.now() / 1000 + 600

function isReady(client: object): boolean {
  return Reflect.get(client, 'isReady') === true || Reflect.get(client, 'status') === 'ready'
}

/** Polls until the store answers. */
async function back(reserve: () => unknown): Promise<void> {
  await eventually('an answer of the store', async () => {
    try {
      return (await reserve()) === 'reserved'
    } catch {
      return false
    }
  })
}

describe.each(single)('%s', (kind) => {
  // The reply is lost, not the reservation: the client that tries again with a new proof gets through.
  it('refuses the proof of a request that was given up, and takes the next one', async () => {
    const { backend, client } = await setup(kind)
    const store = redisReplayStore(client.client, { timeout: 1 })
    const [key, next] = [newKey(), newKey()]
    backend.servers[0]?.freeze()
    await expect(store.reserve(key, soon(), newSender())).rejects.toThrow('no answer from Redis within 1 s')
    backend.servers[0]?.thaw()
    await back(() => store.reserve(next, soon(), newSender()))
    expect(await store.reserve(key, soon(), newSender())).toBe('seen')
  })

  it('says when Redis goes, and when it is back', async () => {
    const { backend, client } = await setup(kind)
    const events: RedisReplayEvent[] = []
    const store = redisReplayStore(client.client, { timeout: 1, onEvent: (event) => events.push(event) })
    await store.reserve(newKey(), soon(), newSender())
    await backend.servers[0]?.kill()
    for (let i = 0; i < 3; i++) await expect(store.reserve(newKey(), soon(), newSender())).rejects.toThrow()
    expect(events).toEqual([
      { type: 'replay-store', state: 'down', whenDown: 'refuse', detail: expect.any(String), cause: expect.any(Error) },
    ])
    await backend.servers[0]?.start()
    await eventually('the event', async () => {
      await store.reserve(newKey(), soon(), newSender()).catch(() => undefined)
      return events.length > 1
    })
    expect(events[1]).toEqual({
      type: 'replay-store',
      state: 'up',
      whenDown: 'refuse',
      detail: undefined,
      cause: undefined,
    })
  })

  it('falls back to memory, and other replicas learn what waited in the queue', async () => {
    // Without a file: while Redis loads one, it turns commands away, and `redis` does not send them again.
    const { backend, client } = await setup(kind, [])
    const other = await openClient[kind](backend)
    open.push(other)
    const store = redisReplayStore(client.client, { timeout: 1, whenDown: 'memory' })
    const [before, during] = [newKey(), newKey()]
    expect(await store.reserve(before, soon(), newSender())).toBe('reserved')
    await backend.servers[0]?.kill()
    // A command that is sent into a connection that is just breaking is not queued.
    await eventually('a client that noticed', async () => !isReady(client.client))
    expect(await store.reserve(during, soon(), newSender())).toBe('reserved')
    expect(await store.reserve(during, soon(), newSender())).toBe('seen')
    expect(await store.reserve(before, soon(), newSender())).toBe('seen')
    await backend.servers[0]?.start()
    await eventually(
      'the queued command',
      async () => (await backend.servers[0]?.send('EXISTS', `dpop:${during}`)) === ':1',
    )
    expect(await redisReplayStore(other.client).reserve(during, soon(), newSender())).toBe('seen')
    expect(await store.reserve(during, soon(), newSender())).toBe('seen')
  })

  it('refuses when Redis is a replica, and when it lacks the right', async () => {
    const { backend, client } = await setup(kind)
    const store = redisReplayStore(client.client)
    await backend.servers[0]?.send('REPLICAOF', '127.0.0.1', '1')
    await expect(store.reserve(newKey(), soon(), newSender())).rejects.toThrow(/READONLY|MASTERDOWN/)
    await backend.servers[0]?.send('REPLICAOF', 'NO', 'ONE')
    await backend.servers[0]?.send('ACL', 'SETUSER', 'default', '-set')
    await expect(store.reserve(newKey(), soon(), newSender())).rejects.toThrow('NOPERM')
  })

  it('refuses when the client was closed', async () => {
    const { client } = await setup(kind)
    const store = redisReplayStore(client.client)
    client.close()
    await expect(store.reserve(newKey(), soon(), newSender())).rejects.toThrow()
  })
})

describe.each(kinds.filter((kind) => kind.endsWith('Sentinel')))('%s', (kind) => {
  it('goes on with the new master after a failover, and knows what it had got', async () => {
    const { backend, client } = await setup(kind)
    const store = redisReplayStore(client.client, { timeout: 1 })
    const key = newKey()
    expect(await store.reserve(key, soon(), newSender())).toBe('reserved')
    await eventually(
      'the replica has it',
      async () => (await backend.servers[1]?.send('EXISTS', `dpop:${key}`)) === ':1',
    )
    await backend.sentinel?.master.kill()
    await expect(store.reserve(newKey(), soon(), newSender())).rejects.toThrow()
    await backend.sentinel?.failover()
    await back(() => store.reserve(newKey(), soon(), newSender()))
    expect(await store.reserve(key, soon(), newSender())).toBe('seen')
  })
})

describe.each(kinds.filter((kind) => kind.endsWith('Cluster')))('%s', (kind) => {
  it('refuses what belongs to a node that is down, and goes on with the others', async () => {
    // Without it the whole cluster stops when a part of the slots is not covered.
    const { backend, client } = await setup(kind, ['--cluster-require-full-coverage', 'no'])
    const store = redisReplayStore(client.client, { timeout: 1 })
    await backend.servers[0]?.kill()
    const outcomes = await Promise.allSettled(
      Array.from({ length: 60 }, () => store.reserve(newKey(), soon(), newSender())),
    )
    const statuses = new Set(outcomes.map(({ status }) => status))
    expect(statuses).toEqual(new Set(['fulfilled', 'rejected']))
    await backend.servers[0]?.start()
    await eventually('all nodes', async () => {
      const all = await Promise.allSettled(
        Array.from({ length: 60 }, () => store.reserve(newKey(), soon(), newSender())),
      )
      return all.every(({ status }) => status === 'fulfilled')
    })
  })
})
