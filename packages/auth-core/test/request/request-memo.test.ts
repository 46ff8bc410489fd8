import { inspect } from 'node:util'

import { describe, expect, it } from 'vitest'

import { createRequestMemo } from '../../src/request/request-memo.js'

describe('createRequestMemo', () => {
  it('keeps a value for each object', () => {
    const memo = createRequestMemo<string>()
    const [one, other] = [{}, {}]
    memo.set(one, 'a')
    memo.set(other, 'b')
    expect([memo.get(one), memo.get(other), memo.get({})]).toEqual(['a', 'b', undefined])
  })

  it('keeps apart what others keep on the same object', () => {
    const [memo, another] = [createRequestMemo<string>(), createRequestMemo<string>()]
    const one = {}
    memo.set(one, 'a')
    expect([memo.get(one), another.get(one)]).toEqual(['a', undefined])
  })

  // A request that is made of another one has credentials of its own.
  it.each<readonly [string, (request: object) => object]>([
    ['a copy', (request) => ({ ...request })],
    ['an assigned copy', (request) => Object.assign([], request)],
    ['one with it as prototype', (request) => Object.create(request) as object],
    ['one with its descriptors', (request) => Object.create({}, Object.getOwnPropertyDescriptors(request)) as object],
  ])('knows nothing of %s', (_, make) => {
    const memo = createRequestMemo<string>()
    const request = { headers: [] }
    memo.set(request, 'a')
    expect(memo.get(make(request))).toBe(undefined)
    expect(memo.get(request)).toBe('a')
  })

  it('prints and serialises nothing of it', () => {
    const memo = createRequestMemo<object>()
    const request = {}
    memo.set(request, { subject: 'alice' })
    expect(inspect(request, { depth: null, showHidden: true }) + JSON.stringify(request)).not.toContain('alice')
  })

  it('throws for an object that takes nothing', () => {
    expect(() => createRequestMemo<string>().set(Object.freeze({}), 'a')).toThrow(TypeError)
  })
})
