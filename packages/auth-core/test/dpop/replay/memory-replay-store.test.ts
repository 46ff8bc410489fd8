import { hash } from 'node:crypto'
import { setImmediate } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

import { array, assert, constant, double, integer, oneof, property, record } from 'fast-check'
import { describe, expect, it } from 'vitest'

import { ALPHABET } from '../../../src/crypto/base64url.js'
import { memoryReplayStore } from '../../../src/dpop/replay/memory-replay-store.js'
import type { MemoryReplayStoreOptions } from '../../../src/dpop/replay/memory-replay-store.js'
import type { ProofSender, ReplayResult } from '../../../src/dpop/replay/replay-store.js'
import { createClock, faultOf } from '../../support.js'

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void // what the flag brings

/** The bytes of live typed arrays; those of dead ones are given back some time after they were collected. */
async function memory(): Promise<number> {
  for (let pass = 0; pass < 4; pass++) {
    collectGarbage()
    await setImmediate()
  }
  return process.memoryUsage().arrayBuffers
}

const digest = (text: string): string => hash('sha256', text, 'base64url')

/** Somebody with one key, unless another is named. */
function sender(owner: string, key = owner): ProofSender {
  return { owner: digest(owner), thumbprint: digest(key) }
}

interface Store {
  readonly clock: ReturnType<typeof createClock>
  reserve(name: string, until: number, owner?: string, key?: string): ReplayResult | Promise<ReplayResult>
}

function setup(options: MemoryReplayStoreOptions = { maxEntries: 3, maxEntriesPerOwner: 3 }): Store {
  const clock = createClock(1000)
  const store = memoryReplayStore({ now: clock.now, ...options })
  return {
    clock,
    reserve: (name, until, owner = 'owner', key) => store.reserve(digest(name), until, sender(owner, key)),
  }
}

describe('memoryReplayStore', () => {
  it('reserves a key once', () => {
    const { reserve } = setup()
    expect([reserve('a', 1100), reserve('a', 1100), reserve('b', 1100)]).toEqual(['reserved', 'seen', 'reserved'])
  })

  it('is atomic: of a hundred at once, one gets it', async () => {
    const { reserve } = setup()
    const results = await Promise.all(Array.from({ length: 100 }, async () => reserve('a', 1100)))
    expect(results.filter((one) => one === 'reserved')).toHaveLength(1)
  })

  it('knows a key whoever sends it again', () => {
    const { reserve } = setup()
    expect([reserve('a', 1100, 'one'), reserve('a', 1200, 'another')]).toEqual(['reserved', 'seen'])
  })

  it.each([1005, 1009.5, 1010, 1011, 1019.999, 1330.25])(
    'keeps a key until %d, inclusively, and not longer',
    (until) => {
      const { reserve, clock } = setup()
      void reserve('a', until)
      clock.advance(until - 1000)
      expect(reserve('a', until)).toBe('seen')
      clock.advance(0.001)
      expect(reserve('a', until + 100)).toBe('reserved')
      clock.advance(99)
      expect(reserve('a', until + 100)).toBe('seen')
    },
  )

  it('throws when it is full, and forgets nothing for it', () => {
    const { reserve } = setup({ maxEntries: 2, maxEntriesPerOwner: 2 })
    void reserve('a', 1100)
    void reserve('b', 1100)
    expect(() => reserve('c', 1100)).toThrow('replay store is full: 2 proofs')
    expect([reserve('a', 1100), reserve('b', 1100)]).toEqual(['seen', 'seen'])
    expect(() => reserve('c', 1100)).toThrow('replay store is full')
  })

  it('has room again within ten seconds after proofs have expired', () => {
    const { reserve, clock } = setup({ maxEntries: 2, maxEntriesPerOwner: 2 })
    void reserve('a', 1011)
    void reserve('b', 1100)
    clock.advance(11)
    expect(() => reserve('c', 1100)).toThrow('full')
    clock.advance(10)
    expect(reserve('c', 1100)).toBe('reserved')
    expect(() => reserve('d', 1100)).toThrow('full')
  })

  it('has room again for each that has expired, and for no other', () => {
    const { reserve, clock } = setup()
    void reserve('a', 1010)
    void reserve('b', 1020)
    void reserve('c', 1030)
    clock.advance(11)
    expect(reserve('d', 1200)).toBe('reserved')
    // To the second in which the next one is good for the last time.
    clock.advance(9)
    expect(() => reserve('e', 1200)).toThrow('full')
    clock.advance(1)
    expect(reserve('e', 1200)).toBe('reserved')
    expect(() => reserve('f', 1200)).toThrow('full')
  })

  it('counts a proof in the last second in which it is good, when others have expired', () => {
    const { reserve, clock } = setup({ maxEntries: 2, maxEntriesPerOwner: 2 })
    void reserve('a', 1010)
    void reserve('b', 1020)
    clock.advance(20)
    expect(reserve('c', 1200)).toBe('reserved')
    expect(() => reserve('d', 1200)).toThrow('full')
  })

  it('keeps a proof that is good for the last time when it makes its table anew', () => {
    const { reserve, clock } = setup({ maxEntries: 10_000, maxEntriesPerOwner: 10_000 })
    for (let index = 0; index < 2000; index++) void reserve(`old-${index}`, 1100)
    clock.advance(100)
    for (let index = 0; index < 4000; index++) void reserve(`new-${index}`, 1200)
    const results = Array.from({ length: 2000 }, (_, index) => reserve(`old-${index}`, 1200))
    expect(results.filter((result) => result !== 'seen')).toEqual([])
  })

  it.each([0, 5, 10, 15, 20, 25, 30, 35, 40])('tells digests apart that differ in two characters, at %s', (at) => {
    const store = memoryReplayStore({ maxEntries: 2000, maxEntriesPerOwner: 2000, now: () => 1000 })
    const results = new Set<unknown>()
    for (const first of ALPHABET.slice(0, 32)) {
      for (const second of ALPHABET.slice(0, 32)) {
        const key = 'A'.repeat(at) + first + second + 'A'.repeat(41 - at)
        results.add(store.reserve(key, 1100, sender('owner')))
      }
    }
    expect([...results]).toEqual(['reserved'])
  })

  it('holds a million by default', () => {
    const { reserve } = setup({ maxEntriesPerOwner: 1_000_000 })
    for (let index = 0; index < 1_000_000; index++) void reserve(`key-${index}`, 1000 + (index % 330))
    expect(() => reserve('one more', 1100)).toThrow('replay store is full: 1000000 proofs')
    expect([reserve('key-0', 1100), reserve('key-999999', 1100)]).toEqual(['seen', 'seen'])
  })

  it('has the system clock by default', () => {
    const store = memoryReplayStore()
    const now = Date.now() / 1000
    const results = [now - 20, now + 100, now + 100].map((until) => store.reserve(digest('a'), until, sender('owner')))
    expect(results).toEqual(['reserved', 'reserved', 'seen'])
  })

  // Digests only: another text would share a part of the table with many others.
  it.each(['', 'short', 'A'.repeat(44), `${'A'.repeat(10)}=${'A'.repeat(32)}`, `é${'A'.repeat(42)}`])(
    'throws for a key or owner that is no digest: %o',
    (text) => {
      const store = memoryReplayStore()
      expect(() => store.reserve(text, 1e10, sender('owner'))).toThrow(TypeError)
      expect(() => store.reserve(digest('a'), 1e10, { ...sender('owner'), owner: text })).toThrow(TypeError)
    },
  )

  it('throws for an option that it does not have, which would be a limit that does not hold', () => {
    expect(() => memoryReplayStore({ maxEntriesPerThumbprint: 10 } as object)).toThrow(
      'memoryReplayStore: unknown option "maxEntriesPerThumbprint"',
    )
  })

  it.each([NaN, Infinity, -1, 0])('throws for a time that is none: %o', (until) => {
    expect(() => memoryReplayStore().reserve(digest('a'), until, sender('owner'))).toThrow(TypeError)
  })

  // Without a bound that holds, the store is a way to fill the memory.
  it.each([NaN, -1, 0, 0.5, Infinity, '1000', null])('limits of %o throw a TypeError', async (limit) => {
    for (const name of ['maxEntries', 'maxEntriesPerOwner']) {
      const error = await faultOf(() => memoryReplayStore({ [name]: limit as number }))
      expect([error.name, error.message]).toEqual([
        'TypeError',
        expect.stringMatching(new RegExp(`^${name}: got .*, want `)),
      ])
    }
  })
})

describe('memoryReplayStore, the part of one owner', () => {
  it('is a quarter, and leaves the others their room', () => {
    const { reserve } = setup({ maxEntries: 1000 })
    for (let index = 0; index < 250; index++) void reserve(`greedy-${index}`, 1100, 'greedy')
    expect(() => reserve('greedy-250', 1100, 'greedy')).toThrow('250 proofs of one subject')
    expect(reserve('greedy-0', 1100, 'greedy')).toBe('seen')
    for (let client = 0; client < 750; client++) expect(reserve(`${client}`, 1100, `${client}`)).toBe('reserved')
  })

  // Keys are free: whoever has a token may have it bound to as many as it likes.
  it('is its part, however many keys it has', () => {
    const { reserve } = setup({ maxEntries: 400 })
    const outcomes = Array.from({ length: 400 }, (_, index) => {
      try {
        return reserve(`greedy-${index}`, 1100, 'greedy', `key-${index % 5}`)
      } catch {
        return 'refused'
      }
    })
    expect(outcomes.filter((one) => one === 'reserved')).toHaveLength(100)
    expect(reserve('innocent', 1100, 'innocent')).toBe('reserved')
  })

  it('is counted for each owner, also of one key', () => {
    const { reserve } = setup({ maxEntries: 8 })
    expect(['a', 'b', 'c'].map((owner) => reserve(owner, 1100, owner, 'one key'))).toEqual(Array(3).fill('reserved'))
  })

  it('comes back when its proofs have expired', () => {
    const { reserve, clock } = setup({ maxEntries: 100, maxEntriesPerOwner: 2 })
    void reserve('a', 1010)
    void reserve('b', 1200)
    expect(() => reserve('c', 1200)).toThrow('2 proofs of one subject')
    clock.advance(21)
    expect(reserve('c', 1200)).toBe('reserved')
    expect(() => reserve('d', 1200)).toThrow('2 proofs of one subject')
  })

  it('comes back as a whole', () => {
    const { reserve, clock } = setup({ maxEntries: 100, maxEntriesPerOwner: 2 })
    void reserve('a', 1010)
    void reserve('b', 1010)
    expect(() => reserve('c', 1200)).toThrow('2 proofs of one subject')
    clock.advance(21)
    expect([reserve('c', 1200), reserve('d', 1200)]).toEqual(['reserved', 'reserved'])
    expect(() => reserve('e', 1200)).toThrow('2 proofs of one subject')
  })

  it('is not taken by proofs that were seen before', () => {
    const { reserve } = setup({ maxEntries: 100, maxEntriesPerOwner: 2 })
    for (let attempt = 0; attempt < 10; attempt++) void reserve('a', 1100)
    expect(reserve('b', 1100)).toBe('reserved')
  })

  // Four clients at their quarter have the most that there can be; the innocent ones must not pay for them.
  it('is hardly ever mistaken for the part of another', () => {
    const { reserve } = setup({ maxEntries: 20_000, maxEntriesPerOwner: 4000 })
    for (let index = 0; index < 16_000; index++) void reserve(`${index}`, 1100, `greedy-${index % 4}`)
    const refused = Array.from({ length: 3000 }, (_, client) => {
      try {
        return reserve(`innocent-${client}`, 1100, `innocent-${client}`)
      } catch {
        return 'refused'
      }
    }).filter((result) => result === 'refused')
    expect(refused.length).toBeLessThan(3)
  })
})

describe('memoryReplayStore against a model', () => {
  const step = record({
    name: integer({ min: 0, max: 300 }),
    lifetime: double({ min: 0, max: 400, noNaN: true }),
    wait: oneof(constant(0), double({ min: 0, max: 60, noNaN: true })),
  })

  it('remembers exactly what can still be accepted', () => {
    assert(
      property(array(step, { minLength: 50, maxLength: 2000, size: 'max' }), (steps) => {
        const { reserve, clock } = setup({ maxEntries: 10_000, maxEntriesPerOwner: 10_000 })
        const model = new Map<number, number>()
        for (const { name, lifetime, wait } of steps) {
          clock.advance(wait)
          const until = clock.now() + lifetime
          const expected = (model.get(name) ?? 0) >= clock.now() ? 'seen' : 'reserved'
          if (expected === 'reserved') model.set(name, until)
          expect(reserve(String(name), until)).toBe(expected)
        }
      }),
      { numRuns: 30 },
    )
  })

  // Expired keys must leave by themselves: the table of a busy server would grow for ever.
  it('takes no more memory after a day than after an hour', async () => {
    const { reserve, clock } = setup({ maxEntries: 100_000 })
    const run = (hours: string, seconds: number): void => {
      for (let second = 0; second < seconds; second++) {
        clock.advance(1)
        for (let index = 0; index < 4; index++)
          void reserve(`${hours}-${second}-${index}`, clock.now() + 330, `${index}`)
      }
    }
    run('first hour', 3600)
    const before = await memory()
    run('day', 86_400)
    expect((await memory()) - before).toBeLessThan(1_000_000)
  })
})
