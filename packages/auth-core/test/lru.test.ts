import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createLruMap, detached } from '../src/lru.js'
import { RUNS, anyText } from './arbitraries.js'

describe('createLruMap', () => {
  it('gives back what was set', () => {
    const map = createLruMap<number>(2)
    map.set('a', 1)
    map.set('b', 2)
    expect([map.get('a'), map.get('b'), map.get('c')]).toEqual([1, 2, undefined])
  })

  it('has no entry that was deleted, or never was', () => {
    const map = createLruMap<number>(2)
    map.set('a', 1)
    map.delete('a')
    map.delete('b')
    expect([map.get('a'), map.get('b'), map.get('')]).toEqual([undefined, undefined, undefined])
  })

  it('drops the one that was set first', () => {
    const map = createLruMap<number>(2)
    for (const [index, key] of ['a', 'b', 'c'].entries()) map.set(key, index)
    expect([map.get('a'), map.get('b'), map.get('c')]).toEqual([undefined, 1, 2])
  })

  it('does not drop what was read since', () => {
    const map = createLruMap<number>(2)
    map.set('a', 1)
    map.set('b', 2)
    map.get('a')
    map.set('c', 3)
    expect([map.get('a'), map.get('b'), map.get('c')]).toEqual([1, undefined, 3])
  })

  it('does not drop what was set again, nor counts it twice', () => {
    const map = createLruMap<number>(2)
    map.set('a', 1)
    map.set('b', 2)
    map.set('a', 3)
    map.set('c', 4)
    expect([map.get('a'), map.get('b'), map.get('c')]).toEqual([3, undefined, 4])
  })

  it('of one holds one', () => {
    const map = createLruMap<number>(1)
    map.set('a', 1)
    map.set('b', 2)
    expect([map.get('a'), map.get('b')]).toEqual([undefined, 2])
  })

  it.each(['__proto__', 'constructor', 'toString', ''])('takes %o for a key like any other', (key) => {
    const map = createLruMap<number>(2)
    expect(map.get(key)).toBe(undefined)
    map.set(key, 1)
    expect(map.get(key)).toBe(1)
  })

  it('is what a list of the last used would be', () => {
    const key = fc.constantFrom('a', 'b', 'c', 'd', 'e')
    const step = fc.record({ what: fc.constantFrom('get', 'set', 'delete'), key })
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 4 }), fc.array(step, { maxLength: 40 }), (maxEntries, steps) => {
        const map = createLruMap<number>(maxEntries)
        let model: [string, number][] = []
        for (const [index, { what, key: name }] of steps.entries()) {
          const entry = model.find(([one]) => one === name)
          if (what === 'get') expect(map.get(name)).toBe(entry?.[1])
          if (what === 'set') map.set(name, index)
          if (what === 'delete') map.delete(name)
          if (what === 'get' && entry === undefined) continue
          model = model.filter(([one]) => one !== name)
          if (what === 'get' && entry !== undefined) model.push(entry)
          if (what === 'set') model = [...model, [name, index] as [string, number]].slice(-maxEntries)
        }
        for (const [name, value] of model) expect(map.get(name)).toBe(value)
      }),
      RUNS,
    )
  })
})

describe('detached', () => {
  it('is the same text', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(detached(text)).toBe(text)
      }),
      RUNS,
    )
  })
})
