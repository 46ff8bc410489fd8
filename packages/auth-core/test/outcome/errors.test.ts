import { afterEach, describe, expect, it, vi } from 'vitest'
import { AuthError, isAuthError, refusal } from '../../src/outcome/errors.js'
import type { AuthErrorReason } from '../../src/outcome/errors.js'

const TABLE: readonly (readonly [AuthErrorReason, number, string, string])[] = [
  ['credentials_missing', 401, 'invalid_request', 'AUTH_1003'],
  ['credentials_malformed', 400, 'invalid_request', 'VAL_2001'],
  ['credentials_repeated', 400, 'invalid_request', 'VAL_2002'],
  ['token_too_large', 400, 'invalid_request', 'VAL_2003'],
  ['dpop_required', 400, 'invalid_request', 'VAL_2004'],
  ['dpop_disabled', 400, 'invalid_request', 'VAL_2005'],
  ['proof_with_bearer', 400, 'invalid_request', 'VAL_2006'],
  ['url_unknown', 400, 'invalid_request', 'VAL_2007'],
  ['token_expired', 401, 'invalid_token', 'AUTH_1001'],
  ['token_invalid', 401, 'invalid_token', 'AUTH_1002'],
  ['token_bound', 401, 'invalid_token', 'AUTH_1004'],
  ['token_unbound', 401, 'invalid_token', 'DPOP_6002'],
  ['key_mismatch', 401, 'invalid_token', 'DPOP_6003'],
  ['proof_missing', 400, 'invalid_dpop_proof', 'DPOP_6001'],
  ['proof_repeated', 400, 'invalid_dpop_proof', 'DPOP_6004'],
  ['proof_malformed', 400, 'invalid_dpop_proof', 'DPOP_6005'],
  ['proof_key', 400, 'invalid_dpop_proof', 'DPOP_6006'],
  ['proof_signature', 400, 'invalid_dpop_proof', 'DPOP_6007'],
  ['proof_method', 400, 'invalid_dpop_proof', 'DPOP_6008'],
  ['proof_url', 400, 'invalid_dpop_proof', 'DPOP_6009'],
  ['proof_time', 400, 'invalid_dpop_proof', 'DPOP_6010'],
  ['proof_token', 400, 'invalid_dpop_proof', 'DPOP_6011'],
  ['proof_replayed', 400, 'invalid_dpop_proof', 'DPOP_6012'],
  ['nonce_required', 401, 'use_dpop_nonce', 'DPOP_6013'],
  ['nonce_stale', 401, 'use_dpop_nonce', 'DPOP_6014'],
  ['scope_missing', 403, 'insufficient_scope', 'AUTH_1005'],
  ['permission_missing', 403, 'insufficient_scope', 'AUTH_1006'],
  ['claim_missing', 403, 'insufficient_scope', 'AUTH_1007'],
  ['client_required', 403, 'insufficient_scope', 'AUTH_1008'],
  ['role_missing', 403, 'insufficient_scope', 'AUTH_1010'],
  ['login_insufficient', 401, 'insufficient_user_authentication', 'AUTH_1009'],
  ['issuer_unavailable', 503, 'temporarily_unavailable', 'NET_3001'],
  ['issuer_timeout', 503, 'temporarily_unavailable', 'NET_3002'],
  ['replay_unavailable', 503, 'temporarily_unavailable', 'SRV_5001'],
]

describe('the table of reasons', () => {
  it.each(TABLE)('%s', (reason, status, error, code) => {
    const { status: s, error: e, code: c } = new AuthError(reason)
    expect([s, e, c]).toEqual([status, error, code])
  })

  it('has each code once', () => {
    const codes = TABLE.map(([reason]) => new AuthError(reason).code)
    expect(new Set(codes).size).toBe(codes.length)
  })

  it.each(TABLE)('describes %s in printable ASCII without quotes and backslashes', (reason) => {
    const { description, message } = new AuthError(reason)
    expect(description).toMatch(/^[A-Z][\x20\x21\x23-\x5B\x5D-\x7E]{9,}$/)
    expect(message).toBe(description)
  })
})

describe('AuthError', () => {
  const cause = new Error('cause')
  const full = new AuthError('scope_missing', {
    detail: 'lacks read:x',
    cause,
    scheme: 'DPoP',
    parameters: { scope: 'read:x' },
    retryAfter: 7,
  })

  it('carries what it is made of', () => {
    expect([full.name, full.reason, full.detail, full.cause, full.scheme, full.parameters, full.retryAfter]).toEqual([
      'AuthError',
      'scope_missing',
      'lacks read:x',
      cause,
      'DPoP',
      { scope: 'read:x' },
      7,
    ])
  })

  it('has nothing else by default', () => {
    const bare = new AuthError('token_invalid')
    expect([
      bare.detail,
      bare.cause,
      bare.scheme,
      bare.parameters,
      bare.retryAfter,
      bare.headers,
      bare.correlationId,
    ]).toEqual([undefined, undefined, undefined, {}, undefined, {}, undefined])
    expect('cause' in bare).toBe(false)
  })

  it('has its status by both names that frameworks read, and not as a property of its own', () => {
    expect([full.statusCode, new AuthError('token_invalid').statusCode]).toEqual([403, 401])
    expect(Object.keys(full)).not.toContain('statusCode')
  })

  it('tells the client neither detail nor cause', () => {
    full.correlationId = 'id-1'
    expect(JSON.parse(JSON.stringify(full))).toEqual({
      error: 'insufficient_scope',
      error_description: 'The access token lacks a required scope',
      code: 'AUTH_1005',
      correlation_id: 'id-1',
    })
  })
})

describe('isAuthError', () => {
  afterEach(() => vi.resetModules())

  it('recognises an error of another installed copy', async () => {
    vi.resetModules()
    const copy = await import('../../src/outcome/errors.js')
    const error = new copy.AuthError('token_invalid')
    expect([error instanceof AuthError, isAuthError(error), copy.isAuthError(new AuthError('token_invalid'))]).toEqual([
      false,
      true,
      true,
    ])
  })

  it.each([
    ['an Error', new Error('x')],
    ['an Error of that name', Object.assign(new Error('x'), { name: 'AuthError' })],
    ['an object that looks like one', Object.fromEntries(Object.entries(new AuthError('token_invalid')))],
    ['JSON of one', JSON.parse(JSON.stringify(new AuthError('token_invalid')))],
    ['null', null],
    ['undefined', undefined],
    ['a string', 'AuthError'],
  ])('does not take %s for one', (_, value) => {
    expect(isAuthError(value)).toBe(false)
  })
})

describe('refusal', () => {
  const engine = Error as { stackTraceLimit?: number }
  const limit = engine.stackTraceLimit

  afterEach(() => {
    if (limit !== undefined) engine.stackTraceLimit = limit
  })

  it('captures no stack', () => {
    expect(refusal('token_invalid').stack).not.toMatch(/\n\s+at /)
    expect(new AuthError('token_invalid').stack).toMatch(/\n\s+at /)
  })

  it.each([0, 1, 10, 50, Infinity])('restores Error.stackTraceLimit %d', (value) => {
    engine.stackTraceLimit = value
    refusal('token_invalid')
    expect(engine.stackTraceLimit).toBe(value)
  })

  it('restores the limit when it fails', () => {
    engine.stackTraceLimit = 33
    expect(() => refusal('no_such_reason' as AuthErrorReason)).toThrow(TypeError)
    expect(engine.stackTraceLimit).toBe(33)
  })

  it('leaves a limit that was not there away', () => {
    delete engine.stackTraceLimit
    refusal('token_invalid')
    expect('stackTraceLimit' in engine).toBe(false)
  })

  it('takes the detail and the options', () => {
    const error = refusal('issuer_timeout', 'no answer', { retryAfter: 3 })
    expect([error.detail, error.retryAfter, isAuthError(error)]).toEqual(['no answer', 3, true])
  })
})
