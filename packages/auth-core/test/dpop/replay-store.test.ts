import { describe, expect, it } from 'vitest'
import { memoryReplayStore } from '../../src/dpop/replay-store.js'
import type { ReplayStore } from '../../src/dpop/replay-store.js'
import { createClock, faultOf } from '../support.js'

function setup(maxEntries = 3): { store: ReplayStore; clock: ReturnType<typeof createClock> } {
  const clock = createClock(1000)
  return { clock, store: memoryReplayStore({ maxEntries, now: clock.now }) }
}

describe('memoryReplayStore', () => {
  it('reserves a key once', () => {
    const { store } = setup()
    expect([store.reserve('a', 1100), store.reserve('a', 1100), store.reserve('b', 1100)]).toEqual([
      'reserved',
      'seen',
      'reserved',
    ])
  })

  it('is atomic: of a hundred at once, one gets it', async () => {
    const { store } = setup()
    const results = await Promise.all(Array.from({ length: 100 }, async () => store.reserve('a', 1100)))
    expect(results.filter((one) => one === 'reserved')).toHaveLength(1)
  })

  it.each([1005, 1009.5, 1010, 1011, 1019.999, 1330.25])(
    'keeps a key until %d, inclusively, and not longer',
    (until) => {
      const { store, clock } = setup()
      void store.reserve('a', until)
      clock.advance(until - 1000)
      expect(store.reserve('a', until)).toBe('seen')
      clock.advance(0.001)
      expect(store.reserve('a', until + 100)).toBe('reserved')
      clock.advance(99)
      expect(store.reserve('a', until + 100)).toBe('seen')
    },
  )

  it('keeps a key that was reserved anew when its old bucket goes', () => {
    const { store, clock } = setup()
    void store.reserve('a', 1001)
    clock.advance(2)
    expect(store.reserve('a', 1100)).toBe('reserved')
    clock.advance(20)
    expect([store.reserve('b', 1100), store.reserve('a', 1100)]).toEqual(['reserved', 'seen'])
  })

  it('throws when it is full, and forgets nothing for it', () => {
    const { store } = setup(2)
    void store.reserve('a', 1100)
    void store.reserve('b', 1100)
    expect(() => store.reserve('c', 1100)).toThrow('replay store is full: 2 proofs')
    expect([store.reserve('a', 1100), store.reserve('b', 1100)]).toEqual(['seen', 'seen'])
    expect(() => store.reserve('c', 1100)).toThrow('replay store is full')
  })

  it('has room again once proofs have expired', () => {
    const { store, clock } = setup(2)
    void store.reserve('a', 1010)
    void store.reserve('b', 1100)
    clock.advance(21)
    expect(store.reserve('c', 1100)).toBe('reserved')
    expect(() => store.reserve('d', 1100)).toThrow('full')
  })

  it('holds a hundred thousand by default, and stays fast', () => {
    const clock = createClock(1000)
    const store = memoryReplayStore({ now: clock.now })
    for (let i = 0; i < 100_000; i++) void store.reserve(`key-${i}`, 1000 + (i % 330))
    expect(() => store.reserve('one more', 1100)).toThrow('replay store is full: 100000 proofs')
    expect(store.reserve('key-99999', 1100)).toBe('seen')
  })

  it.each(['__proto__', 'constructor', ''])('takes the key %o for any other', (key) => {
    const { store } = setup()
    expect([store.reserve(key, 1100), store.reserve(key, 1100)]).toEqual(['reserved', 'seen'])
  })

  it('has the system clock by default', () => {
    const store = memoryReplayStore()
    const now = Date.now() / 1000
    expect([store.reserve('a', now - 20), store.reserve('a', now + 100), store.reserve('a', now + 100)]).toEqual([
      'reserved',
      'reserved',
      'seen',
    ])
  })

  // Without a bound that holds, the store is a way to fill the memory.
  it.each([NaN, -1, 0, 0.5, Infinity, '1000', null])('maxEntries %o throws a TypeError', async (maxEntries) => {
    const error = await faultOf(() => memoryReplayStore({ maxEntries: maxEntries as number }))
    expect([error.name, error.message]).toEqual(['TypeError', expect.stringMatching(/^maxEntries: got .*, want /)])
  })
})
