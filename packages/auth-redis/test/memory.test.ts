import { memoryReplayStore } from '@acme/auth-core'
import type { ReplayStore } from '@acme/auth-core'
import { describe, expect, it } from 'vitest'

import { redisReplayStore } from '../src/index.js'
import type { RedisReplayEvent, RedisReplayStore } from '../src/index.js'
import { fakeClient, newKey, NOW, now } from './fake-client.js'

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

describe("whenDown: 'memory'", () => {
  it('goes by Redis while it answers', async () => {
    const { store, redis } = setup()
    const [key, other] = [newKey(), newKey()]
    redis.keys.add(`dpop:${other}`)
    expect([
      await store.reserve(key, NOW + 60, newKey()),
      await store.reserve(key, NOW + 60, newKey()),
      await store.reserve(other, NOW + 60, newKey()),
    ]).toEqual(['reserved', 'seen', 'seen'])
  })

  it('accepts new proofs while Redis is down, once each', async () => {
    const { store, redis } = setup()
    redis.down = true
    const key = newKey()
    const results = await Promise.all(Array.from({ length: 20 }, () => store.reserve(key, NOW + 60, newKey())))
    expect(results.filter((result) => result === 'reserved')).toHaveLength(1)
    expect(results.filter((result) => result === 'seen')).toHaveLength(19)
  })

  it('knows what was reserved before Redis went down', async () => {
    const { store, redis } = setup()
    const key = newKey()
    expect(await store.reserve(key, NOW + 60, newKey())).toBe('reserved')
    redis.down = true
    expect(await store.reserve(key, NOW + 60, newKey())).toBe('seen')
  })

  it('knows what was reserved meanwhile, when Redis is back and does not', async () => {
    const { store, redis } = setup()
    redis.down = true
    const key = newKey()
    expect(await store.reserve(key, NOW + 60, newKey())).toBe('reserved')
    redis.down = false
    expect(await store.reserve(key, NOW + 60, newKey())).toBe('seen')
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
    const replay = newKey()
    // There is room for one, and Redis takes the other.
    expect(await store.reserve(newKey(), NOW + 10, newKey())).toBe('reserved')
    expect(await store.reserve(replay, NOW + 60, newKey())).toBe('reserved')
    redis.down = true
    time = NOW + 30
    // Memory has room, and no trace of it.
    await expect(store.reserve(replay, NOW + 60, newKey())).rejects.toThrow('down')
    // Memory lets go of proofs up to ten seconds after their time.
    time = NOW + 75
    expect(await store.reserve(newKey(), NOW + 120, newKey())).toBe('reserved')
  })

  it('refuses when memory is full while Redis is down', async () => {
    const { store, redis } = setup(memoryReplayStore({ maxEntries: 1, now }))
    redis.down = true
    expect(await store.reserve(newKey(), NOW + 60, newKey())).toBe('reserved')
    await expect(store.reserve(newKey(), NOW + 60, newKey())).rejects.toThrow('ECONNREFUSED')
  })

  it('takes a memory that answers later', async () => {
    const inner = memoryReplayStore({ now })
    const { store, redis } = setup({ reserve: async (...call) => inner.reserve(...call) })
    redis.down = true
    const key = newKey()
    expect([await store.reserve(key, NOW + 60, newKey()), await store.reserve(key, NOW + 60, newKey())]).toEqual([
      'reserved',
      'seen',
    ])
  })

  it('does not make everybody wait for all of the time-out', async () => {
    const { client } = fakeClient(() => new Promise(() => undefined))
    const store = redisReplayStore(client, { whenDown: 'memory', timeout: 3 })
    await store.reserve(newKey(), Date.now() / 1000 + 60, newKey())
    const started = performance.now()
    await store.reserve(newKey(), Date.now() / 1000 + 60, newKey())
    expect(performance.now() - started).toBeLessThan(2000)
  })

  it('says when it begins', async () => {
    const { store, redis, events } = setup()
    redis.down = true
    for (let i = 0; i < 3; i++) await store.reserve(newKey(), NOW + 60, newKey())
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
