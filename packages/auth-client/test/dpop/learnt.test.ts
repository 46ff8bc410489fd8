import { describe, expect, it } from 'vitest'

import { ServerClocks } from '../../src/dpop/clocks.js'
import { DpopNonces } from '../../src/index.js'

const nonce = (value: string): Headers => new Headers({ 'dpop-nonce': value })
const MANY = Array.from({ length: 1000 }, (_, index) => `https://${index}.test`)

describe('nonces of servers (RFC 9449 §8, §9)', () => {
  it('are of one origin each, the latest one', () => {
    const nonces = new DpopNonces()
    nonces.learn('https://a.test', nonce('1'), 0)
    nonces.learn('https://a.test', nonce('2'), 10)
    nonces.learn('https://b.test', nonce('3'), 20)
    expect(['https://a.test', 'https://b.test', 'https://c.test'].map((one) => nonces.get(one))).toEqual([
      '2',
      '3',
      undefined,
    ])
    expect([nonces.age('https://a.test', 25), nonces.age('https://c.test', 25)]).toEqual([15, Infinity])
  })

  it.each(['', ' ', 'a b', 'a"b', 'a\\b', 'é', 'a\tb', 'n'.repeat(1025)])('%o is none (RFC 9449 §8.1)', (value) => {
    const nonces = new DpopNonces()
    nonces.learn('https://a.test', nonce('good'), 0)
    expect(nonces.learn('https://a.test', nonce(value), 1)).toBeUndefined()
    expect(nonces.get('https://a.test')).toBe('good')
  })

  it('two in one answer are none: which one is meant is not told', () => {
    const headers = new Headers([
      ['dpop-nonce', 'a'],
      ['dpop-nonce', 'b'],
    ])
    expect(new DpopNonces().learn('https://a.test', headers, 0)).toBeUndefined()
  })

  it('every character that one may have is kept as it is', () => {
    const all = String.fromCharCode(...Array.from({ length: 94 }, (_, index) => index + 0x21)).replaceAll(/["\\]/g, '')
    expect(new DpopNonces().learn('https://a.test', nonce(all), 0)).toBe(all)
  })

  it('are those of the last hundred servers', () => {
    const nonces = new DpopNonces()
    for (const origin of MANY) nonces.learn(origin, nonce('n'), 0)
    expect(MANY.filter((origin) => nonces.get(origin) !== undefined)).toEqual(MANY.slice(-100))
  })
})

describe('clocks of servers', () => {
  const date = (seconds: number): Headers => new Headers({ date: new Date(seconds * 1000).toUTCString() })

  it.each([
    ['an hour ahead', 3600, 3600],
    ['an hour behind', -3600, -3600],
    ['a day ahead', 86_400, 86_400],
    ['more than a day ahead: proofs for later might be collected (RFC 9449 §11.2)', 86_401, 0],
    ['more than a day behind', -86_401, 0],
    ['as usual', 30, 0],
    ['a little more than usual', 31, 31],
  ])('%s', (_, off, expected) => {
    const clocks = new ServerClocks()
    clocks.learn('https://a.test', date(1_000_000 + off), 1_000_000)
    expect([clocks.offset('https://a.test'), clocks.offset('https://b.test')]).toEqual([expected, 0])
  })

  it('an answer from a cache, or with garbage, tells none', () => {
    const clocks = new ServerClocks()
    const cached = date(4600)
    cached.set('age', '0')
    for (const headers of [cached, new Headers({ date: 'soon' }), new Headers()])
      clocks.learn('https://a.test', headers, 1000)
    expect(clocks.offset('https://a.test')).toBe(0)
  })

  it('are at most a hundred', () => {
    const clocks = new ServerClocks()
    for (const origin of MANY) clocks.learn(origin, date(5000), 1000)
    expect(MANY.filter((origin) => clocks.offset(origin) !== 0).length).toBeLessThanOrEqual(100)
    expect(clocks.offset(MANY.at(-1) ?? '')).toBe(4000)
  })
})
