import { describe, expect, test } from 'vitest'
import { accepted, differences, NONCE_WANTED, parseChallenges, refused, UNAUTHENTICATED } from '../src/expectation.js'
import type { Answer } from '../src/http.js'

const BARE = 'Bearer realm="api", DPoP algs="ES256"'
const BEARER =
  'Bearer realm="api", error="invalid_token", error_description="The access token is invalid", DPoP algs="ES256"'
const DPOP =
  'DPoP algs="ES256", error="invalid_dpop_proof", error_description="A DPoP proof is required", Bearer realm="api"'
const NONCE = 'DPoP algs="ES256", error="use_dpop_nonce", error_description="Needs one", Bearer realm="api"'
const SCOPE =
  'Bearer realm="api", error="insufficient_scope", error_description="Lacks", scope="a b", DPoP algs="ES256"'

function answer(status: number, error?: string, wwwAuthenticate?: string): Answer {
  const cacheControl = status < 400 ? undefined : 'no-store'
  return { status, wwwAuthenticate, cacheControl, dpopNonce: undefined, body: error === undefined ? {} : { error } }
}

describe('an answer as expected has no differences', () => {
  test.each([
    ['accepted', accepted(), answer(200)],
    ['no credentials', UNAUTHENTICATED, answer(401, 'invalid_request', BARE)],
    ['Bearer', refused(401, 'invalid_token', 'Bearer'), answer(401, 'invalid_token', BEARER)],
    ['DPoP', refused(400, 'invalid_dpop_proof', 'DPoP'), answer(400, 'invalid_dpop_proof', DPOP)],
    ['nonce', NONCE_WANTED, { ...answer(401, 'use_dpop_nonce', NONCE), dpopNonce: 'eyJ-7.S_z~' }],
    ['scope', refused(403, 'insufficient_scope', 'Bearer', 'a b'), answer(403, 'insufficient_scope', SCOPE)],
  ])('%s', (_, expected, seen) => {
    expect(differences(expected, seen)).toEqual([])
  })

  test('members of the body, null among them', () => {
    const seen = { ...answer(200), body: { sub: null, other: 1 } }
    expect(differences(accepted({ sub: null }), seen)).toEqual([])
  })
})

describe('a difference is told', () => {
  const bearer = refused(401, 'invalid_token', 'Bearer')
  test.each([
    ['status', bearer, answer(400, 'invalid_token', BEARER), 'status: expected 401, seen 400'],
    [
      'error',
      bearer,
      answer(401, 'invalid_request', BEARER),
      'error: expected "invalid_token", seen "invalid_request"',
    ],
    ['no challenge', bearer, answer(401, 'invalid_token'), 'first challenge: expected "Bearer", seen none'],
    ['order', bearer, answer(401, 'invalid_token', DPOP), 'first challenge: expected "Bearer", seen "DPoP"'],
    ['bare', bearer, answer(401, 'invalid_token', BARE), 'error on the challenge: expected "invalid_token", seen none'],
    [
      'one scheme only',
      bearer,
      answer(401, 'invalid_token', 'Bearer realm="api", error="invalid_token"'),
      'other challenges: expected "DPoP", seen ""',
    ],
    [
      'error on both',
      bearer,
      answer(401, 'invalid_token', `${BEARER}, error="invalid_token"`),
      'error on DPoP: expected none, seen "invalid_token"',
    ],
    [
      'not bare',
      UNAUTHENTICATED,
      answer(401, 'invalid_request', BEARER),
      'error on the challenge: expected none, seen "invalid_token"',
    ],
    [
      'challenge on success',
      accepted(),
      answer(200, undefined, BARE),
      `www-authenticate: expected none, seen ${JSON.stringify(BARE)}`,
    ],
    [
      'part of the scopes',
      refused(403, 'insufficient_scope', 'Bearer', 'a b c'),
      answer(403, 'insufficient_scope', SCOPE),
      'scope on the challenge: expected "a b c", seen "a b"',
    ],
    ['no nonce', NONCE_WANTED, answer(401, 'use_dpop_nonce', NONCE), 'a nonce: expected true, seen false'],
    [
      'what is no nonce',
      NONCE_WANTED,
      { ...answer(401, 'use_dpop_nonce', NONCE), dpopNonce: 'a b' },
      'a nonce: expected true, seen false',
    ],
    ['a nonce unasked', accepted(), { ...answer(200), dpopNonce: 'a' }, 'a nonce: expected false, seen true'],
    ['member', accepted({ sub: null }), answer(200), 'sub: expected null, seen none'],
    [
      'cacheable refusal',
      bearer,
      { ...answer(401, 'invalid_token', BEARER), cacheControl: undefined },
      'cache-control: expected "no-store", seen none',
    ],
  ])('%s', (_, expected, seen, difference) => {
    expect(differences(expected, seen)).toContain(difference)
  })
})

describe('parseChallenges', () => {
  test('a comma or a scheme name inside a quoted string begins nothing', () => {
    const [first, second, ...rest] = parseChallenges('Bearer realm="a, DPoP b", error="x", DPoP algs="ES256 ES384"')
    expect(first?.scheme).toBe('Bearer')
    expect(first?.parameters.get('realm')).toBe('a, DPoP b')
    expect(second?.parameters.get('algs')).toBe('ES256 ES384')
    expect(rest).toEqual([])
  })

  test.each(['', 'nonsense=', '=, ='])('%j is no challenge', (value) => {
    expect(parseChallenges(value)).toEqual([])
  })
})
