import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import { redisReplayStore } from '../src/index.js'
import { createHealth } from '../src/health.js'
import type { RedisReplayEvent } from '../src/index.js'
import { fakeClient, newKey, newSender, NOW } from './fake-client.js'

describe('health', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['performance'] }))
  afterEach(() => void vi.useRealTimers())

  function setup(): { health: ReturnType<typeof createHealth>; states: () => string[] } {
    const events: RedisReplayEvent[] = []
    const health = createHealth('refuse', (event) => events.push(event))
    return { health, states: () => events.map(({ state }) => state) }
  }

  it('tells of the first failure, and of the first answer when it is quiet', () => {
    const { health, states } = setup()
    health.answered('a')
    expect([health.isDown('a'), states()]).toEqual([false, []])
    health.failed('a', new Error('x'))
    health.failed('a', new Error('x'))
    expect([health.isDown('a'), health.isDown('b'), states()]).toEqual([true, false, ['down']])
    vi.advanceTimersByTime(5000)
    health.answered('a')
    health.answered('a')
    expect([health.isDown('a'), states()]).toEqual([false, ['down', 'up']])
  })

  // A cluster with one shard down: some requests fail, others are answered, and each would be an event.
  it('does not go up and down with each request', () => {
    const { health, states } = setup()
    for (let i = 0; i < 100; i++) {
      health.failed('a', new Error('x'))
      health.answered('a')
      vi.advanceTimersByTime(1000)
      health.answered('a')
    }
    expect(states()).toEqual(['down'])
    vi.advanceTimersByTime(5000)
    health.answered('a')
    expect(states()).toEqual(['down', 'up'])
  })
})

it.each([
  [
    'throws',
    () => {
      throw new Error('hook')
    },
  ],
  ['rejects', () => Promise.reject(new Error('hook'))],
  [
    'answers with a thenable that rejects',
    () => ({ then: (_: unknown, reject: (reason: unknown) => void) => reject(1) }),
  ],
])('a hook that %s harms nothing', async (_name, onEvent) => {
  const { client } = fakeClient(() => Promise.reject(new Error('down')))
  const store = redisReplayStore(client, { onEvent })
  await expect(store.reserve(newKey(), NOW, newSender())).rejects.toThrow('down')
})

it('whatever the client throws, it is what the caller gets', async () => {
  const deaf = new Proxy(new Error('deaf'), {
    get: () => {
      throw new Error('a trap')
    },
    getPrototypeOf: () => {
      throw new Error('a trap')
    },
  })
  const { client } = fakeClient(() => Promise.reject(deaf))
  const events: RedisReplayEvent[] = []
  const store = redisReplayStore(client, { onEvent: (event) => events.push(event) })
  const caught = await store.reserve(newKey(), NOW, newSender()).catch((error: unknown) => ({ error }))
  expect(caught instanceof Object && 'error' in caught && caught.error === deaf).toBe(true)
})

it.each([['text'], [undefined], [{ password: 'x' }]])('a failure that is no Error has no detail: %o', async (cause) => {
  const events: RedisReplayEvent[] = []
  const { client } = fakeClient(() => Promise.reject(cause))
  const store = redisReplayStore(client, { onEvent: (event) => events.push(event) })
  await expect(store.reserve(newKey(), NOW, newSender())).rejects.toBe(cause)
  expect(events).toEqual([{ type: 'replay-store', state: 'down', whenDown: 'refuse', detail: undefined, cause }])
})
