import { createTestKey } from '@acme/auth-testing'
import type { AccessTokenOptions } from '@acme/auth-testing'
import { describe, expect, it } from 'vitest'
import { isAuthError } from '../../src/outcome/errors.js'
import { requireBinding, requireScheme } from '../../src/dpop/binding.js'
import type { DpopMode } from '../../src/dpop/mode.js'
import { createWorld, errorOf, jwsText, refused, request, verdict } from '../support.js'

const JKT = 'A'.repeat(43)
const X5T = 'B'.repeat(43)

type Scheme = 'Bearer' | 'DPoP'

/** Where certificates cannot be checked. */
function bind(
  claims: { readonly cnf?: unknown },
  scheme: Scheme,
  hasProof: boolean,
): ReturnType<typeof requireBinding> {
  return requireBinding(claims, { scheme, hasProof, certificates: undefined })
}

describe('requireBinding', () => {
  it('returns the thumbprint for DPoP', () => {
    expect(bind({ cnf: { jkt: JKT } }, 'DPoP', true).thumbprint).toBe(JKT)
    expect(bind({ cnf: { jkt: JKT } }, 'DPoP', false).thumbprint).toBe(JKT)
  })

  it('returns nothing for an unbound Bearer token', () => {
    expect(bind({}, 'Bearer', false)).toEqual({})
  })

  it.each([
    ['null', null],
    ['text', JKT],
    ['a number', 1],
    ['true', true],
    ['an array', [{ jkt: JKT }]],
    ['an empty array', []],
    ['an empty object', {}],
    ['an empty jkt', { jkt: '' }],
    ['a jkt that is null', { jkt: null }],
    ['a jkt that is a number', { jkt: 1 }],
    ['a list of jkt', { jkt: [JKT] }],
    ['42 characters', { jkt: 'A'.repeat(42) }],
    ['44 characters', { jkt: 'A'.repeat(44) }],
    ['padding', { jkt: `${'A'.repeat(42)}=` }],
    ['a plus', { jkt: `${'A'.repeat(42)}+` }],
    ['a line feed at the end', { jkt: `${JKT}\n` }],
    ['a certificate', { 'x5t#S256': JKT }],
    ['a key and a certificate', { jkt: JKT, 'x5t#S256': JKT }],
    ['a whole key', { jwk: { kty: 'EC' } }],
    ['a key identifier', { kid: 'a' }],
    ['something unknown alone', { 'kc-jkt-type': 'DPoP' }],
    ['something unknown that is called like a member of every object', { constructor: 1 }],
    ['a key and an encrypted key', { jkt: JKT, jwe: 'a.b.c.d.e' }],
    ['a key and an identifier of a key', { jkt: JKT, kid: 'a' }],
    ['a key and where to find a key', { jkt: JKT, jku: 'https://keys.test/' }],
    ['a key and a whole key', { jkt: JKT, jwk: { kty: 'EC' } }],
    ['a key and a certificate that is null', { jkt: JKT, 'x5t#S256': null }],
    ['a key and a certificate by SHA-1', { jkt: JKT, x5t: 'a' }],
    ['a key and a certificate chain', { jkt: JKT, x5c: [] }],
    ['a key and where to find a certificate', { jkt: JKT, x5u: 'https://keys.test/' }],
    ['a key and an OSCORE context', { jkt: JKT, osc: {} }],
    ['JKT', { JKT }],
  ])('a confirmation that is %s is met by nobody', async (_, cnf) => {
    for (const scheme of ['Bearer', 'DPoP'] as const) {
      for (const hasProof of [true, false]) {
        expect((await errorOf(() => bind({ cnf }, scheme, hasProof))).reason).toBe('token_invalid')
      }
    }
  })
})

describe('members of a confirmation that are not understood (RFC 7800 §3.1)', () => {
  it.each([
    ['as Keycloak sends it', { jkt: JKT, 'kc-jkt-type': 'DPoP' }],
    ['before jkt', { 'kc-jkt-type': 'DPoP', jkt: JKT }],
    ['of whatever value', { jkt: JKT, x: null, y: { z: 1 } }],
    ['called like members of every object', JSON.parse(`{"jkt":"${JKT}","__proto__":{},"constructor":1}`)],
  ])('are ignored, %s', async (_, cnf) => {
    expect(bind({ cnf }, 'DPoP', true).thumbprint).toBe(JKT)
    expect((await errorOf(() => bind({ cnf }, 'Bearer', false))).reason).toBe('token_bound')
  })

  it.each([
    [{ jkt: JKT, 'x5t#S256': 'a' }, 'cnf names x5t#S256, which cannot be checked here without the option mtls'],
    [{ 'kc-jkt-type': 'DPoP' }, 'cnf has no jkt'],
    [{ jkt: 'short' }, 'cnf.jkt is not a thumbprint'],
    [JKT, 'cnf is not an object'],
  ])('%o: %s', async (cnf, detail) => {
    expect((await errorOf(() => bind({ cnf }, 'DPoP', true))).detail).toBe(detail)
  })
})

describe('where certificates are checked (RFC 8705 §3)', () => {
  const BOTH = { jkt: JKT, 'x5t#S256': X5T }
  const CERTIFICATE = { 'x5t#S256': X5T }

  function verdictOf(cnf: unknown, scheme: Scheme, required: boolean): unknown {
    try {
      return requireBinding(cnf === undefined ? {} : { cnf }, { scheme, hasProof: false, certificates: { required } })
    } catch (error) {
      return isAuthError(error) ? error.reason : error
    }
  }

  it.each<[Scheme, string, unknown, unknown, unknown]>([
    ['Bearer', 'nothing', undefined, {}, 'certificate_unbound'],
    ['Bearer', 'a certificate', CERTIFICATE, { certificate: X5T }, { certificate: X5T }],
    ['Bearer', 'a key', { jkt: JKT }, 'token_bound', 'token_bound'],
    ['Bearer', 'both', BOTH, 'token_bound', 'token_bound'],
    ['DPoP', 'nothing', undefined, 'token_unbound', 'token_unbound'],
    ['DPoP', 'a certificate', CERTIFICATE, 'token_unbound', 'token_unbound'],
    ['DPoP', 'a key', { jkt: JKT }, { thumbprint: JKT }, { thumbprint: JKT }],
    ['DPoP', 'both', BOTH, { thumbprint: JKT, certificate: X5T }, { thumbprint: JKT, certificate: X5T }],
  ])('%s, bound to %s', (scheme, _, cnf, expected, ifRequired) => {
    expect(verdictOf(cnf, scheme, false)).toEqual(expected)
    expect(verdictOf(cnf, scheme, true)).toEqual(ifRequired)
  })

  it.each([
    ['null', { 'x5t#S256': null }],
    ['a number', { 'x5t#S256': 1 }],
    ['a list', { 'x5t#S256': [X5T] }],
    ['empty', { 'x5t#S256': '' }],
    ['by SHA-1', { 'x5t#S256': 'B'.repeat(27) }],
    ['in hexadecimal', { 'x5t#S256': 'ab'.repeat(32) }],
    ['padded', { 'x5t#S256': `${X5T}=` }],
    ['beside an encrypted key', { 'x5t#S256': X5T, jwe: 'a.b.c.d.e' }],
    ['of another case', { 'X5T#S256': X5T }],
    ['wrong beside a good key', { jkt: JKT, 'x5t#S256': 'short' }],
    ['good beside a wrong key', { jkt: 'short', 'x5t#S256': X5T }],
  ])('a thumbprint that is %s is met by nobody', (_, cnf) => {
    for (const scheme of ['Bearer', 'DPoP'] as const) expect(verdictOf(cnf, scheme, false)).toBe('token_invalid')
  })
})

describe('requireScheme', () => {
  const bound = jwsText('{}', '{"cnf":{}}')

  it.each([
    ['DPoP', bound, 'dpop_disabled'],
    ['DPoP', 'opaque', 'dpop_disabled'],
    ['DPoP', 'a b', 'credentials_malformed'],
    ['Bearer', bound, 'token_bound'],
    ['Bearer', jwsText('{}', '{"cnf":null}'), 'token_bound'],
    ['Bearer', jwsText('{}', '{"sub":"cnf"}'), 'dpop_required'],
    ['Bearer', jwsText('{}', `{"cnf":{"x5t#S256":"${X5T}"}}`), 'dpop_required'],
    ['Bearer', jwsText('{}', `{"cnf":{"jkt":"${JKT}","x5t#S256":"${X5T}"}}`), 'token_bound'],
    ['Bearer', 'opaque', 'dpop_required'],
    ['Bearer', 'a.b.c', 'dpop_required'],
    ['Bearer', 'a b', 'credentials_malformed'],
    ['Bearer', `${bound},`, 'credentials_malformed'],
  ] as const)('%s %s, where the other scheme is accepted: %s', async (scheme, token, reason) => {
    const other = scheme === 'DPoP' ? 'Bearer' : 'DPoP'
    const error = await errorOf(() => requireScheme({ scheme, token }, [other]))
    expect([error.reason, error.scheme]).toEqual([reason, scheme])
    expect(() => requireScheme({ scheme, token }, ['Bearer', 'DPoP'])).not.toThrow()
  })
})

interface Case {
  readonly name: string
  readonly scheme: 'Bearer' | 'DPoP'
  readonly token: 'bound' | 'unbound' | 'malformed cnf'
  readonly proof: boolean
  readonly allowed: string
  readonly required: string
  readonly disabled: string
}

function row(
  scheme: Case['scheme'],
  token: Case['token'],
  proof: boolean,
  [allowed, required, disabled]: readonly [string, string, string],
): Case {
  return {
    name: `${scheme}, ${token}, ${proof ? 'with' : 'without'} a proof`,
    scheme,
    token,
    proof,
    allowed,
    required,
    disabled,
  }
}

const DOWNGRADES: readonly Case[] = [
  row('Bearer', 'unbound', false, ['accepted', '400 dpop_required', 'accepted']),
  row('Bearer', 'unbound', true, ['400 proof_with_bearer', '400 dpop_required', '400 proof_with_bearer']),
  row('Bearer', 'bound', false, ['401 token_bound', '401 token_bound', '401 token_bound']),
  row('Bearer', 'bound', true, ['401 token_bound', '401 token_bound', '401 token_bound']),
  row('DPoP', 'unbound', false, ['401 token_unbound', '401 token_unbound', '400 dpop_disabled']),
  row('DPoP', 'unbound', true, ['401 token_unbound', '401 token_unbound', '400 dpop_disabled']),
  row('DPoP', 'bound', false, ['400 proof_missing', '400 proof_missing', '400 dpop_disabled']),
  row('DPoP', 'bound', true, ['accepted', 'accepted', '400 dpop_disabled']),
  row('DPoP', 'malformed cnf', true, ['401 token_invalid', '401 token_invalid', '400 dpop_disabled']),
  row('Bearer', 'malformed cnf', false, ['401 token_invalid', '401 token_bound', '401 token_invalid']),
]

// The scheme that the error is reported on, and the others that are accepted.
const CHALLENGED: Readonly<Record<DpopMode, RegExp>> = {
  allowed: /^(?:Bearer realm="api", error=.*, DPoP algs="ES256"|DPoP algs="ES256", error=.*, Bearer realm="api")$/,
  required: /^DPoP algs="ES256", error=(?!.*Bearer)/,
  disabled: /^Bearer realm="api", error=(?!.*DPoP algs)/,
}

describe.each(['allowed', 'required', 'disabled'] as const)('mode %s', async (mode) => {
  const { server, issuer, key, proof } = await createWorld({ dpop: { mode } })
  const tokens: Readonly<Record<Case['token'], AccessTokenOptions>> = {
    bound: { jkt: key.thumbprint },
    unbound: {},
    'malformed cnf': { claims: { cnf: { jkt: key.thumbprint, 'x5t#S256': JKT } } },
  }

  it.each(DOWNGRADES)('$name', async (one) => {
    const token = await issuer.accessToken(tokens[one.token])
    const dpop = one.proof ? { dpop: await proof(token) } : {}
    const outcome = await server.authenticate(request({ authorization: `${one.scheme} ${token}`, ...dpop }))
    expect(verdict(outcome)).toBe(one[mode])
    expect(outcome.ok || CHALLENGED[mode].test(outcome.headers['www-authenticate'] ?? '')).toBe(true)
  })

  it('a Bearer token is refused without being verified where it is not accepted, whoever signed it', async () => {
    const forged = await issuer.accessToken({ key: await createTestKey('ES256'), claims: { cnf: { jkt: JKT } } })
    expect(verdict(await server.authenticate(request({ authorization: `Bearer ${forged}` })))).toBe(
      mode === 'required' ? '401 token_bound' : '401 token_invalid',
    )
  })
})

describe('a route that requires DPoP', async () => {
  const { server, issuer, dpopRequest } = await createWorld()
  const wanted = server.requirements({ dpop: 'required' })

  it('accepts DPoP', async () => {
    expect(verdict(await server.authenticate(await dpopRequest(), wanted))).toBe('accepted')
  })

  it('refuses Bearer and challenges for DPoP alone', async () => {
    const bearer = request({ authorization: `Bearer ${await issuer.accessToken()}` })
    const { headers, status } = refused(await server.authenticate(bearer, wanted))
    expect([status, headers['www-authenticate']]).toEqual([
      400,
      'DPoP algs="ES256", error="invalid_request", error_description="The access token must be sent with the DPoP scheme"',
    ])
    expect(verdict(await server.authenticate(bearer))).toBe('accepted')
    expect(verdict(await server.authenticate(bearer, wanted))).toBe('400 dpop_required')
  })

  it('challenges a request without credentials for DPoP alone', async () => {
    expect(refused(await server.authenticate(request(), wanted)).headers['www-authenticate']).toBe('DPoP algs="ES256"')
  })
})
