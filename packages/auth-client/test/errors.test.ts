import { readFileSync } from 'node:fs'
import { inspect } from 'node:util'

import { ResponseBodyError } from 'oauth4webapi'
import { describe, expect, it } from 'vitest'

import { AuthClientError, isAuthClientError } from '../src/index.js'
import { ERRORS } from '../src/errors.js'
import { asClientError } from '../src/map-error.js'

const HIDDEN = 'sk-very-secret-7f3a'

function outputsOf(error: Error): string {
  return [
    String(error),
    error.message,
    error.stack,
    JSON.stringify(error),
    inspect(error, { depth: 9, showHidden: true }),
  ].join()
}

function answered(error: string, status = 400): ResponseBodyError {
  const cause = { error, error_description: `the token ${HIDDEN} is unknown`, token: HIDDEN }
  const response = new Response(HIDDEN, { status, headers: { 'x-secret': HIDDEN } })
  return new ResponseBodyError('server responded with an error in the response body', { cause, response })
}

describe('an error', () => {
  it('tells reason, code, status, when to try again, and a correlation id', () => {
    const error = new AuthClientError('rate_limited', 'the token endpoint', {
      status: 429,
      retryAfter: 3,
      correlationId: 'c',
    })
    expect(error).toBeInstanceOf(Error)
    expect(JSON.parse(JSON.stringify(error))).toEqual({
      name: 'AuthClientError',
      reason: 'rate_limited',
      code: 'RATE_4001',
      message: 'Too many requests: the token endpoint',
      status: 429,
      retryAfter: 3,
      correlationId: 'c',
    })
  })

  it('has another correlation id each time', () => {
    const ids = [1, 2].map(() => new AuthClientError('network', '').correlationId)
    expect(ids[0]).toMatch(/^[0-9a-f]{32}$/)
    expect(ids[0]).not.toBe(ids[1])
  })

  it('is recognised across copies of the package', () => {
    const copy = Object.assign(new Error('x'), { [Symbol.for('@acme/auth-client.AuthClientError')]: true })
    expect(isAuthClientError(copy)).toBe(true)
  })

  it.each([[undefined], [null], ['text'], [new Error('x')], [{}]])('is not %j', (value) => {
    expect(isAuthClientError(value)).toBe(false)
  })

  it('is not what throws when it is looked at', () => {
    expect(isAuthClientError(revoked())).toBe(false)
  })

  it('keeps its message printable and short', () => {
    const { message } = new AuthClientError('network', `a\r\nb\u0000${'c'.repeat(1000)}`)
    expect(message).toMatch(/^[\x20-\x7e]{1,320}$/)
  })
})

describe('the table of reasons in the README', () => {
  it('is that of the code', () => {
    const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')
    const rows = [...readme.matchAll(/^\| `([a-z_]+)` +\| `([A-Z]+_\d{4})` +\|/gm)].map(([, reason, code]) => [
      reason,
      code,
    ])
    expect(rows).toEqual(Object.entries(ERRORS).map(([reason, [code]]) => [reason, code]))
  })

  it('has each code once', () => {
    const codes = Object.values(ERRORS).map(([code]) => code)
    expect(new Set(codes).size).toBe(codes.length)
  })
})

describe('a cause', () => {
  it.each([
    ['an error with the secret in its message', new Error(HIDDEN)],
    ['an error with it in its cause', new Error('x', { cause: new Error(HIDDEN) })],
    ['an object', { name: HIDDEN, code: HIDDEN, message: HIDDEN, body: HIDDEN }],
    ['a text', HIDDEN],
    ['an answer of the issuer', answered('invalid_grant')],
    ['an answer with another code', answered(HIDDEN)],
    ['an aggregate', new AggregateError([new Error(HIDDEN)], HIDDEN)],
  ])('%s is reduced', (_, cause) => {
    const errors = [new AuthClientError('network', 'x', { cause }), asClientError(cause)]
    for (const error of errors) expect(outputsOf(error)).not.toContain(HIDDEN)
  })

  it('that throws when it is read is none', () => {
    expect(new AuthClientError('network', '', { cause: revoked() }).cause).toEqual({ name: 'Error' })
  })

  it('keeps name and code, also of what is below a failed fetch', () => {
    const cause = new TypeError('fetch failed', { cause: Object.assign(new Error(HIDDEN), { code: 'ECONNRESET' }) })
    expect(new AuthClientError('network', '', { cause }).cause).toEqual({ name: 'TypeError', code: 'ECONNRESET' })
  })
})

describe('what an issuer answers', () => {
  it.each([
    ['invalid_client', 'client_refused', 'AUTH_1005'],
    ['invalid_grant', 'token_refused', 'AUTH_1002'],
    ['invalid_scope', 'authorization_refused', 'PKCE_7002'],
    ['login_required', 'login_required', 'AUTH_1003'],
    ['mfa_required', 'step_up_required', 'AUTH_1004'],
    ['invalid_dpop_proof', 'proof_refused', 'DPOP_6001'],
    ['temporarily_unavailable', 'server', 'SRV_5001'],
    ['toString', 'authorization_refused', 'PKCE_7002'],
    ['__proto__', 'authorization_refused', 'PKCE_7002'],
  ])('%s is %s', (error, reason, code) => {
    expect(asClientError(answered(error))).toMatchObject({ reason, code, httpStatus: 400 })
  })

  it('is not mapped twice', () => {
    const error = new AuthClientError('timeout', '')
    expect(asClientError(error)).toBe(error)
  })
})

function revoked(): object {
  const { proxy, revoke } = Proxy.revocable({}, {})
  revoke()
  return proxy
}
