import { eventually } from '@acme/tests-servers'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import { createClockGuard } from '../src/clock-guard.js'
import { redisReplayStore } from '../src/index.js'
import { openClient } from './clients.js'
import { newKey, newSender, NOW } from './fake-client.js'
import { startBackend } from './subject.js'

afterEach(() => void vi.useRealTimers())

it('a proof whose key is gone is not accepted again because the clock was set back', async () => {
  const backend = await startBackend('redis, single', [])
  const { client, close } = await openClient['redis, single'](backend)
  try {
    const store = redisReplayStore(client, { clockTolerance: 0.2 })
    const [key, until] = [newKey(), Date.now() / 1000 + 0.3]
    expect(await store.reserve(key, until, newSender())).toBe('reserved')
    await eventually('the key is gone', async () => {
      return (await backend.servers[0]?.send('EXISTS', `dpop:${key}`)) === ':0'
    })
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() - 10_000 })
    await expect(store.reserve(key, until, newSender())).rejects.toThrow('the clock was set back by 10 s')
    // A proof of now was not accepted before, by either clock.
    expect(await store.reserve(newKey(), Date.now() / 1000 + 300, newSender())).toBe('reserved')
  } finally {
    close()
    await backend.close()
  }
})

describe('the guard', () => {
  let time = NOW
  beforeEach(() => {
    time = NOW
    vi.useFakeTimers({ toFake: ['performance'] })
  })

  /** Time passes, by both clocks. */
  function pass(seconds: number): void {
    time += seconds
    vi.advanceTimersByTime(seconds * 1000)
  }

  const guard = (): ReturnType<typeof createClockGuard> => createClockGuard({ now: () => time, clockTolerance: 5 })

  it('lets everything through while the clock goes on, stands a little or is set forward', () => {
    const check = guard()
    for (const step of [0, 1, -4, 3600, 0]) {
      pass(10)
      time += step
      expect(() => check(time - 300)).not.toThrow()
      expect(() => check(time + 330)).not.toThrow()
    }
  })

  it('refuses what was over by the clock as it was before, until all of that is over', () => {
    const check = guard()
    check(NOW + 330)
    pass(340)
    time -= 60
    // By the clock that was set back it is 280 s later: the proof has 50 s left, and its key is gone.
    expect(() => check(NOW + 330)).toThrow('the clock was set back by 60 s')
    expect(() => check(time + 330)).not.toThrow()
    pass(51)
    expect(() => check(NOW + 332)).not.toThrow()
    pass(1000)
    expect(() => check(time - 300)).not.toThrow()
  })

  it('refuses again when the clock is set back again', () => {
    const check = guard()
    check(NOW + 330)
    pass(340)
    time -= 60
    check(time + 330)
    pass(331)
    check(time + 330)
    pass(340)
    time -= 20
    expect(() => check(time + 1)).toThrow('the clock was set back by 20 s')
  })

  it('does not hold an hour by which the clock was wrong against proofs for an hour', () => {
    const check = guard()
    check(NOW + 330)
    pass(10)
    time += 3600
    pass(400)
    time -= 3600
    expect(() => check(time + 330)).not.toThrow()
  })
})
