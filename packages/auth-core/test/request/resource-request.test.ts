import { describe, expect, it } from 'vitest'
import { headerValues } from '../../src/request/resource-request.js'
import type { ApplicationHeader } from '../../src/request/resource-request.js'
import { request } from '../support.js'

describe('headerValues', () => {
  const sample = request({ host: [], headers: ['A', '1', 'a', '2', 'B', 'a', 'a', ''] })

  it.each([
    ['a', ['1', '2', '']],
    ['b', ['a']],
    ['c', []],
    ['', []],
  ])('%s', (name, values) => {
    expect(headerValues(sample, name)).toEqual(values)
  })

  it('leaves a name without a value away', () => {
    expect(headerValues(request({ host: [], headers: ['a', '1', 'a'] }), 'a')).toEqual(['1'])
  })

  it('takes no letter beyond ASCII for one within', () => {
    // U+212A KELVIN SIGN has k as its lower case.
    expect(headerValues(request({ headers: ['Co\u212Aie', '1'] }), 'cookie')).toEqual([])
  })
})

describe('headers of the application', () => {
  const A = 'Authorization'
  const seen = (name: string, raw: readonly string[], own: unknown): readonly string[] => {
    const applicationHeader = (asked: string): ApplicationHeader =>
      asked === name ? (own as ApplicationHeader) : undefined // of JavaScript, anything
    return headerValues({ ...request({ host: [], headers: raw }), applicationHeader }, name)
  }

  it.each<[string, string, readonly string[], unknown, readonly string[]]>([
    ['untouched', 'authorization', [A, 'a'], 'a', ['a']],
    ['none', 'authorization', [], undefined, []],
    ['empty', 'authorization', [A, ''], '', ['']],
    ['written', 'authorization', [], 'b', ['b']],
    ['replaced', 'authorization', [A, 'a'], 'b', ['b']],
    ['deleted', 'authorization', [A, 'a'], undefined, []],
    ['deleted, as a web Headers has it', 'authorization', [A, 'a'], null, []],
    ['emptied', 'authorization', [A, 'a'], '', ['']],
    ['a list of one', 'authorization', [A, 'a'], ['b'], ['b']],
    ['a list of two', 'authorization', [A, 'a'], ['b', 'c'], ['b', 'c']],
    ['an empty list', 'authorization', [A, 'a'], [], []],
    ['a number', 'x-forwarded-port', [], 443, ['443']],
    ['a list of numbers', 'x-forwarded-port', [], [443, 8443], ['443', '8443']],
    ['an object', 'authorization', [A, 'a'], {}, ['']],
    // What Node makes of several lines, and the application left alone.
    ['the first of two', 'authorization', [A, 'a', A, 'b'], 'a', ['a', 'b']],
    ['the first of two equal ones', 'authorization', [A, 'a', A, 'a'], 'a', ['a', 'a']],
    ['the first of two Hosts', 'host', ['Host', 'a', 'Host', 'b'], 'a', ['a', 'b']],
    ['both, joined', 'authorization', [A, 'a', A, 'b'], 'a, b', ['a', 'b']],
    ['two proofs, joined', 'dpop', ['DPoP', 'a', 'dpop', 'b'], 'a, b', ['a', 'b']],
    [
      'entries of a list, joined',
      'x-forwarded-for',
      ['X-Forwarded-For', 'a, b', 'X-Forwarded-For', 'c'],
      'a, b, c',
      ['a, b', 'c'],
    ],
    // What it did not.
    ['the second of two', 'authorization', [A, 'a', A, 'b'], 'b', ['b']],
    ['another one than both', 'authorization', [A, 'a', A, 'b'], 'c', ['c']],
    ['none of both', 'authorization', [A, 'a', A, 'b'], undefined, []],
    ['the first of two proofs, which Node would have joined', 'dpop', ['DPoP', 'a', 'DPoP', 'b'], 'a', ['a']],
    ['both, joined in another way', 'dpop', ['DPoP', 'a', 'DPoP', 'b'], 'a,b', ['a,b']],
  ])('%s', (_, name, raw, own, values) => {
    expect(seen(name, raw, own)).toEqual(values)
  })
})
