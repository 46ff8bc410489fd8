import { describe, expect, it } from 'vitest'
import { correlationId } from '../../src/request/correlation-id.js'
import type { CorrelationIdOption } from '../../src/request/correlation-id.js'
import { request } from '../support.js'

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

  it.each<readonly [string, unknown, CorrelationIdOption | undefined, string]>([
    ['the framework', 'req-7', undefined, 'req-7'],
    ['the framework, in numbers', 7, undefined, '7'],
    ['the option', 'req-7', () => 'own', 'own'],
    ['the option, of the request', 'req-7', ({ method }) => method, 'GET'],
    ['the framework, where the option has none', 'req-7', () => undefined, 'req-7'],
    ['the framework, where the option has no plain token', 'req-7', () => 'a b', 'req-7'],
    ['the framework, where the option promises', 'req-7', () => Promise.resolve('own'), 'req-7'],
    ['the framework, where the option throws', 'req-7', () => fail(), 'req-7'],
    ['the caller, where the framework has no plain token', 'a\r\nb', undefined, 'sent'],
    ['the caller, where the framework has an object', {}, undefined, 'sent'],
  ])('is that of %s', (_, requestId, option, wanted) => {
    const given = { ...request({ headers: ['X-Request-Id', 'sent'] }), requestId }
    expect(correlationId(given, option)).toBe(wanted)
  })

  it('is that of the caller, where the framework throws', () => {
    const given = {
      ...request({ headers: ['X-Request-Id', 'sent'] }),
      get requestId() {
        return fail()
      },
    }
    expect(correlationId(given)).toBe('sent')
  })

  function fail(): never {
    throw new Error('bug')
  }

  it('is another one each time', () => {
    expect(correlationId(request())).not.toBe(correlationId(request()))
  })
})
