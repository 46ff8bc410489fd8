import { describe, expect, it } from 'vitest'
import { nearest } from '../../src/util/nearest.js'

describe('nearest', () => {
  it.each<readonly [string, readonly string[], string | undefined]>([
    ['audiance', ['issuer', 'audience'], 'audience'],
    ['ONEVENT', ['onEvent', 'realm'], 'onEvent'],
    ['isuer', ['issuer', 'issuers'], 'issuer'],
    ['issuerss', ['issuer', 'issuers'], 'issuers'],
    ['a', ['b'], 'b'],
    ['ab', ['ab', 'abc'], 'ab'],
    ['', ['abc'], undefined],
    ['', [''], ''],
    ['audience', [], undefined],
    ['completely', ['different'], undefined],
    ['x'.repeat(65), ['x'.repeat(65)], undefined],
    ['x'.repeat(64), ['x'.repeat(64)], 'x'.repeat(64)],
  ])('of %s among %j', (name, candidates, wanted) => {
    expect(nearest(name, candidates)).toBe(wanted)
  })
})
