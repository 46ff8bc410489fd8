import { describe, expect, it, vi } from 'vitest'

import { onceForEqual } from '../../src/options/equal-options.js'

const fn = (): void => undefined
const store = { reserve: fn }
class Store {
  reserve(): void {}
}
const one = new Store()

/** Pairs that must be told apart, and that a careless text would join. */
const DIFFERENT: readonly (readonly [object, object])[] = [
  [{ a: 'x' }, { a: 'y' }],
  [{ a: '1' }, { a: 1 }],
  [{ a: 'null' }, { a: null }],
  [{ a: undefined }, {}],
  [{ a: undefined }, { a: 'undefined' }],
  [{ a: true }, { a: 'boolean true' }],
  [{ a: Number.NaN }, { a: null }],
  [{ a: 1n }, { a: 1 }],
  [{ a: ['x,y'] }, { a: ['x', 'y'] }],
  [{ a: ['x","y'] }, { a: ['x', 'y'] }],
  [{ a: [['x'], 'y'] }, { a: ['x', ['y']] }],
  [{ a: [] }, { a: [undefined] }],
  // oxlint-disable-next-line no-sparse-arrays -- on purpose
  [{ a: [] }, { a: [,] }],
  [{ a: [] }, { a: {} }],
  [{ a: ['x'] }, { a: { 0: 'x' } }],
  [{ a: 'x', b: 'y' }, { a: 'x","b":"y' }],
  [{ 'a":"x","b': 'y' }, { a: 'x', b: 'y' }],
  [{ a: { b: 1 }, c: 2 }, { a: { b: 1, c: 2 } }],
  [{ a: '#1' }, { a: fn }],
  [{ a: fn }, { a: (): void => undefined }],
  [{ a: one }, { a: new Store() }],
  [{ a: new Map([['x', 1]]) }, { a: new Map([['x', 2]]) }],
  [{ a: new Date(0) }, { a: new Date(0) }],
  [{ a: Symbol('x') }, { a: 'symbol Symbol(x)' }],
]

const EQUAL: readonly (readonly [object, object])[] = [
  [{}, {}],
  [
    { a: 1, b: 2 },
    { b: 2, a: 1 },
  ],
  [{ a: { c: ['x', { d: true }], e: null } }, { a: { e: null, c: ['x', { d: true }] } }],
  [
    { a: fn, b: one },
    { b: one, a: fn },
  ],
  [{ dpop: { replay: one } }, { dpop: { replay: one } }],
  [{ a: store.reserve }, { a: fn }],
]

describe('onceForEqual', () => {
  it.each(DIFFERENT)('tells %o from %o', (left, right) => {
    const make = vi.fn<(options: object) => object>((options) => ({ options }))
    const made = onceForEqual(make)
    expect(made(left)).not.toBe(made(right))
    expect(made(left)).toBe(made(left))
    expect(made(right)).toBe(made(right))
    expect(make).toHaveBeenCalledTimes(2)
  })

  it.each(EQUAL)('takes %o for %o', (left, right) => {
    const made = onceForEqual((options: object) => ({ options }))
    expect(made(left)).toBe(made(right))
  })

  it('goes by what options hold now, not by what they held before', () => {
    const made = onceForEqual((options: { audience: string[] }) => ({ ...options }))
    const options = { audience: ['a'] }
    const before = made(options)
    options.audience.push('b')
    expect(made(options)).not.toBe(before)
  })

  it('does not remember what cannot be made', () => {
    const make = vi.fn<(options: object) => object>(() => ({}))
    make.mockImplementationOnce(() => {
      throw new TypeError('audience: got nothing')
    })
    const made = onceForEqual(make)
    expect(() => made({})).toThrow('audience: got nothing')
    expect(made({})).toBe(made({}))
    expect(make).toHaveBeenCalledTimes(2)
  })

  it('rejects options without an end', () => {
    const options: { self?: object } = {}
    options.self = options
    expect(() => onceForEqual(() => ({}))(options)).toThrow(RangeError)
  })

  it('remembers a hundred, and no more than two hundred', () => {
    const make = vi.fn<(options: { domain: string }) => object>(() => ({}))
    const made = onceForEqual(make)
    const first = made({ domain: 'first' })
    for (let count = 0; count < 10_000; count++) {
      made({ domain: `stranger-${count}` })
      if (count % 99 === 0) expect(made({ domain: 'first' })).toBe(first)
    }
    make.mockClear()
    for (let count = 9_999; count > 9_900; count--) made({ domain: `stranger-${count}` })
    expect(make).not.toHaveBeenCalled()
    for (let count = 0; count < 9_700; count++) made({ domain: `stranger-${count}` })
    expect(make).toHaveBeenCalledTimes(9_700)
  })
})
