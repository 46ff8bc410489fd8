import { memoryReplayStore } from '@acme/auth-core'
import type { ReplayStore } from '@acme/auth-core'
import { describe, expect, it } from 'vitest'

import { redisReplayStore } from '../src/index.js'
import type { RedisReplayEvent, RedisReplayStore } from '../src/index.js'
import { fakeClient, newKey, newSender, NOW, now } from './fake-client.js'

interface World {
  readonly store: RedisReplayStore
  readonly redis: { down: boolean; readonly keys: Set<unknown> }
  readonly events: RedisReplayEvent[]
}

/** A store that falls back to memory, on a Redis that a test turns off and on. */
function setup(memory?: ReplayStore): World {
  const redis = { down: false, keys: new Set<unknown>() }
  const events: RedisReplayEvent[] = []
  const { client, commands } = fakeClient(async () => {
    const key = commands.at(-1)?.[0]
    if (redis.down) throw new Error('ECONNREFUSED')
    if (redis.keys.has(key)) return null
    redis.keys.add(key)
    return 'OK'
  })
  const store = redisReplayStore(client, {
    whenDown: 'memory',
    now,
    onEvent: (event) => events.push(event),
    ...(memory !== undefined && { memory }),
  })
  return { store, redis, events }
}

function raise(error: Error): never {
  throw error
}

describe("whenDown: 'memory'", () => {
  it('goes by Redis while it answers', async () => {
    const { store, redis } = setup()
    const [key, other] = [newKey(), newKey()]
    redis.keys.add(`dpop:${other}`)
    expect([
      await store.reserve(key, NOW + 60, newSender()),
      await store.reserve(key, NOW + 60, newSender()),
      await store.reserve(other, NOW + 60, newSender()),
    ]).toEqual(['reserved', 'seen', 'seen'])
  })

  it('accepts new proofs while Redis is down, once each', async () => {
    const { store, redis } = setup()
    redis.down = true
    const key = newKey()
    const results = await Promise.all(Array.from({ length: 20 }, () => store.reserve(key, NOW + 60, newSender())))
    expect(results.filter((result) => result === 'reserved')).toHaveLength(1)
    expect(results.filter((result) => result === 'seen')).toHaveLength(19)
  })

  it('knows what was reserved before Redis went down', async () => {
    const { store, redis } = setup()
    const key = newKey()
    expect(await store.reserve(key, NOW + 60, newSender())).toBe('reserved')
    redis.down = true
    expect(await store.reserve(key, NOW + 60, newSender())).toBe('seen')
  })

  it('knows what was reserved meanwhile, when Redis is back and does not', async () => {
    const { store, redis } = setup()
    redis.down = true
    const key = newKey()
    expect(await store.reserve(key, NOW + 60, newSender())).toBe('reserved')
    redis.down = false
    expect(await store.reserve(key, NOW + 60, newSender())).toBe('seen')
  })

  it('refuses when memory is full, until what it could not hold is over', async () => {
    let time = NOW
    const redis = { down: false }
    const { client } = fakeClient(async () => {
      if (redis.down) throw new Error('down')
      return 'OK'
    })
    const memory = memoryReplayStore({ maxEntries: 1, now: () => time })
    const store = redisReplayStore(client, { whenDown: 'memory', memory, now: () => time })
    const [replay, sender] = [newKey(), newSender()]
    // There is room for one, and Redis takes the other.
    expect(await store.reserve(newKey(), NOW + 10, newSender())).toBe('reserved')
    expect(await store.reserve(replay, NOW + 60, sender)).toBe('reserved')
    redis.down = true
    time = NOW + 30
    // Memory has room, and no trace of it.
    await expect(store.reserve(replay, NOW + 60, sender)).rejects.toThrow('down')
    // Memory lets go of proofs up to ten seconds after their time.
    time = NOW + 75
    expect(await store.reserve(newKey(), NOW + 120, newSender())).toBe('reserved')
  })

  it('refuses when memory is full while Redis is down', async () => {
    const { store, redis } = setup(memoryReplayStore({ maxEntries: 1, now }))
    redis.down = true
    expect(await store.reserve(newKey(), NOW + 60, newSender())).toBe('reserved')
    await expect(store.reserve(newKey(), NOW + 60, newSender())).rejects.toThrow('ECONNREFUSED')
  })

  it('refuses an owner that sends more than its part of the memory, and nobody else', async () => {
    const { store, redis } = setup(memoryReplayStore({ maxEntries: 100, maxEntriesPerOwner: 2, now }))
    const { owner } = newSender()
    const greedy = (key = newKey()): Promise<unknown> => store.reserve(key, NOW + 60, { ...newSender(), owner })
    const keys = [newKey(), newKey(), newKey()]
    for (const key of keys) expect(await greedy(key)).toBe('reserved')
    redis.down = true
    for (const key of keys.slice(0, 2)) expect(await greedy(key)).toBe('seen')
    // Its third proof left no trace.
    await expect(greedy(keys[2])).rejects.toThrow('ECONNREFUSED')
    await expect(greedy()).rejects.toThrow('ECONNREFUSED')
    for (let other = 0; other < 50; other++) {
      expect(await store.reserve(newKey(), NOW + 60, newSender())).toBe('reserved')
    }
  })

  it('refuses everybody when more owners are refused than can be told apart, until their proofs are over', async () => {
    let time = NOW
    const redis = { down: false }
    const { client } = fakeClient(async () => {
      if (redis.down) throw new Error('down')
      return 'OK'
    })
    const full = { reserve: (): never => raise(new Error('full')) }
    const memory: { reserve: ReplayStore['reserve'] } = full
    const store = redisReplayStore(client, { whenDown: 'memory', memory, now: () => time })
    for (let owner = 0; owner < 1001; owner++) await store.reserve(newKey(), NOW + 60, newSender())
    redis.down = true
    memory.reserve = () => 'reserved'
    await expect(store.reserve(newKey(), NOW + 90, newSender())).rejects.toThrow('down')
    time = NOW + 61
    expect(await store.reserve(newKey(), NOW + 90, newSender())).toBe('reserved')
  })

  // Fail closed: it has not said that the proof is new.
  it.each([undefined, null, true, 'OK', 'Reserved', {}])(
    'takes a memory that answers %o for one that cannot tell',
    async (answer) => {
      const { store, redis } = setup({ reserve: () => answer as 'reserved' })
      redis.down = true
      await expect(store.reserve(newKey(), NOW + 60, newSender())).rejects.toThrow('ECONNREFUSED')
      redis.down = false
      expect(await store.reserve(newKey(), NOW + 60, newSender())).toBe('reserved')
    },
  )

  it('takes a memory that answers later', async () => {
    const inner = memoryReplayStore({ now })
    const { store, redis } = setup({ reserve: async (...call) => inner.reserve(...call) })
    redis.down = true
    const key = newKey()
    expect([await store.reserve(key, NOW + 60, newSender()), await store.reserve(key, NOW + 60, newSender())]).toEqual([
      'reserved',
      'seen',
    ])
  })

  it('does not make everybody wait for all of the time-out', async () => {
    const { client } = fakeClient(() => new Promise(() => undefined))
    const store = redisReplayStore(client, { whenDown: 'memory', timeout: 3 })
    await store.reserve(newKey(), Date.now() / 1000 + 60, newSender())
    const started = performance.now()
    await store.reserve(newKey(), Date.now() / 1000 + 60, newSender())
    expect(performance.now() - started).toBeLessThan(2000)
  })

  it('says when it begins', async () => {
    const { store, redis, events } = setup()
    redis.down = true
    for (let i = 0; i < 3; i++) await store.reserve(newKey(), NOW + 60, newSender())
    expect(events).toEqual([
      {
        type: 'replay-store',
        state: 'down',
        whenDown: 'memory',
        detail: 'ECONNREFUSED',
        cause: expect.any(Error),
      },
    ])
  })
})
