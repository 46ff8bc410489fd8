import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { flatCopy } from '../../src/util/flat-copy.js'
import { createLruMap } from '../../src/util/lru.js'
import { RUNS, anyText } from '../arbitraries.js'

describe('createLruMap', () => {
  it('gives back what was set', () => {
    const map = createLruMap<number>(2)
    map.set('a', 1)
    map.set('b', 2)
    expect([map.get('a'), map.get('b'), map.get('c'), map.get('')]).toEqual([1, 2, undefined, undefined])
  })

  it('drops what was not used while twice as many others were', () => {
    const map = createLruMap<number>(2)
    for (const [index, key] of ['a', 'b', 'c', 'd', 'e'].entries()) map.set(key, index)
    expect([map.get('a'), map.get('b'), map.get('d'), map.get('e')]).toEqual([undefined, undefined, 3, 4])
  })

  it('does not drop what was read since', () => {
    const map = createLruMap<number>(2)
    for (const [index, key] of ['a', 'b', 'c', 'd', 'e', 'f'].entries()) {
      map.set(key, index)
      expect(map.get('a')).toBe(0)
    }
  })

  it('does not drop what was set again, nor counts it twice', () => {
    const map = createLruMap<number>(2)
    map.set('a', 1)
    for (let value = 2; value < 10; value++) map.set('b', value)
    expect([map.get('a'), map.get('b')]).toEqual([1, 9])
  })

  it('of one holds the last, and perhaps the one before', () => {
    const map = createLruMap<number>(1)
    for (const [index, key] of ['a', 'b', 'c'].entries()) map.set(key, index)
    expect([map.get('c'), map.get('b'), map.get('a')]).toEqual([2, 1, undefined])
  })

  it.each(['__proto__', 'constructor', 'toString', ''])('takes %o for a key like any other', (key) => {
    const map = createLruMap<number>(2)
    expect(map.get(key)).toBe(undefined)
    map.set(key, 1)
    expect(map.get(key)).toBe(1)
  })

  it('has the last used, nothing else than what was set last, and no more than twice as many', () => {
    const keys = [...'abcdefghijkl']
    const step = fc.record({ what: fc.constantFrom('get', 'set'), key: fc.constantFrom(...keys) })
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 4 }), fc.array(step, { maxLength: 60 }), (entries, steps) => {
        const map = createLruMap<number>(entries)
        const values = new Map<string, number>()
        let lastUsed: string[] = []
        for (const [index, { what, key }] of steps.entries()) {
          const found = map.get(key)
          if (lastUsed.includes(key)) expect(found).toBe(values.get(key))
          else expect([undefined, values.get(key)]).toContain(found)
          if (what === 'set') {
            map.set(key, index)
            values.set(key, index)
          }
          if (what === 'set' || found !== undefined)
            lastUsed = [...lastUsed.filter((one) => one !== key), key].slice(-entries)
        }
        expect(keys.filter((key) => map.get(key) !== undefined).length).toBeLessThanOrEqual(2 * entries)
      }),
      RUNS,
    )
  })
})

describe('flatCopy', () => {
  it('is the same text', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(flatCopy(text)).toBe(text)
      }),
      RUNS,
    )
  })
})

describe('createLruMap with a bound in bytes', () => {
  const room = { bytes: 100, sizeOf: (value: string) => value.length }
  const text = (length: number): string => 'x'.repeat(length)

  it('drops what was not used while others took twice the room', () => {
    const map = createLruMap<string>(1000, room)
    for (const key of 'abcde') map.set(key, text(50))
    expect([...'abcde'].filter((key) => map.get(key) !== undefined)).toEqual(['c', 'd', 'e'])
  })

  it('does not take what is larger than all of its room, and drops nothing for it', () => {
    const map = createLruMap<string>(1000, room)
    map.set('a', text(100))
    map.set('b', text(101))
    expect([map.get('a'), map.get('b')]).toEqual([text(100), undefined])
  })

  it('does not count an entry twice that was set again', () => {
    const map = createLruMap<string>(1000, room)
    map.set('a', text(40))
    for (let round = 0; round < 50; round++) map.set('b', text(50 + (round % 10)))
    expect([map.get('a'), map.get('b')]).toEqual([text(40), text(59)])
  })

  it('never holds more than twice its bytes, nor more than twice its entries, whatever is done with it', () => {
    const step = fc.record({
      what: fc.constantFrom('get', 'set'),
      key: fc.integer({ min: 0, max: 30 }),
      size: fc.integer({ min: 0, max: 120 }),
    })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const held = new Set<string>()
        // What is alive is what `get` still finds: asked of a copy of the history, since asking moves entries.
        const play = (): ReturnType<typeof createLruMap<string, number>> => {
          const map = createLruMap<string, number>(5, room)
          for (const { what, key, size } of steps) {
            if (what === 'get') map.get(key)
            else map.set(key, `${key} `.padEnd(size))
          }
          return map
        }
        let bytes = 0
        for (let key = 0; key <= 30; key++) {
          const value = play().get(key)
          if (value === undefined) continue
          held.add(String(key))
          bytes += value.length
        }
        expect(held.size).toBeLessThanOrEqual(10)
        expect(bytes).toBeLessThanOrEqual(200)
      }),
      RUNS,
    )
  })
})
