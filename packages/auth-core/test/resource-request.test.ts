import { describe, expect, it } from 'vitest'
import { nodeResourceRequest } from '../src/node-request.js'
import { correlationId, headerValues } from '../src/resource-request.js'
import { request } from './support.js'

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

describe('correlationId', () => {
  const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

  it.each(['a', 'req-1', '7c1f.2:3_4', 'A'.repeat(128)])('is the X-Request-Id %s', (id) => {
    expect(correlationId(request({ headers: ['X-Request-Id', id] }))).toBe(id)
  })

  it.each([
    ['none', []],
    ['an empty one', ['X-Request-Id', '']],
    ['129 characters', ['X-Request-Id', 'A'.repeat(129)]],
    ['a space', ['X-Request-Id', 'a b']],
    ['CR LF', ['X-Request-Id', 'a\r\nb']],
    ['a line feed at the end', ['X-Request-Id', 'a\n']],
    ['an ANSI escape', ['X-Request-Id', '\x1b[2J']],
    ['quotes', ['X-Request-Id', '"a"']],
    ['markup', ['X-Request-Id', '<script>']],
    ['a comma', ['X-Request-Id', 'a,b']],
    ['a letter beyond ASCII', ['X-Request-Id', 'ä']],
    ['a format string', ['X-Request-Id', '%s']],
    ['a template', ['X-Request-Id', '${jndi}']],
    ['two of them', ['X-Request-Id', 'a', 'x-request-id', 'a']],
  ])('is made where there is %s', (_, headers) => {
    expect(correlationId(request({ headers }))).toMatch(UUID)
  })

  it('is another one each time', () => {
    expect(correlationId(request())).not.toBe(correlationId(request()))
  })
})

describe('nodeResourceRequest', () => {
  const trustedHops = (): number => 0

  it('reads what Node received', () => {
    const socket = { remoteAddress: '192.0.2.1', encrypted: true }
    const incoming = { method: 'POST', url: '/a?b', rawHeaders: ['A', '1'], socket }
    const read = nodeResourceRequest(incoming, { trustedHops: (chain) => chain.length })
    const { method, target, rawHeaders, scheme, peer } = read
    expect([method, target, rawHeaders, scheme, peer]).toEqual(['POST', '/a?b', ['A', '1'], 'https', '192.0.2.1'])
    expect(read.identity).toBe(incoming)
    expect(read.trustedHops(['192.0.2.1', '192.0.2.2'])).toBe(2)
  })

  it.each([
    ['no socket', { rawHeaders: [] }, 'http'],
    ['a plain socket', { rawHeaders: [], socket: {} }, 'http'],
    ['encrypted false', { rawHeaders: [], socket: { encrypted: false } }, 'http'],
  ])('%s', (_, incoming, scheme) => {
    const read = nodeResourceRequest(incoming, { trustedHops })
    expect([read.method, read.target, read.scheme, read.peer]).toEqual(['', '', scheme, undefined])
  })

  it('takes the target of a framework that rewrites url', () => {
    expect(nodeResourceRequest({ url: '/x', rawHeaders: [] }, { target: '/api/x', trustedHops }).target).toBe('/api/x')
  })
})
