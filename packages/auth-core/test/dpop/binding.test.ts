import { createTestKey } from '@acme/auth-testing'
import type { AccessTokenOptions } from '@acme/auth-testing'
import { describe, expect, it } from 'vitest'
import { requireBinding, requireScheme } from '../../src/dpop/binding.js'
import type { DpopMode } from '../../src/dpop/mode.js'
import { createWorld, errorOf, jwsText, refused, request, verdict } from '../support.js'

const JKT = 'A'.repeat(43)

describe('requireBinding', () => {
  it('returns the thumbprint for DPoP', () => {
    expect(requireBinding({ cnf: { jkt: JKT } }, 'DPoP', true)).toBe(JKT)
    expect(requireBinding({ cnf: { jkt: JKT } }, 'DPoP', false)).toBe(JKT)
  })

  it('returns nothing for an unbound Bearer token', () => {
    expect(requireBinding({}, 'Bearer', false)).toBe(undefined)
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
        expect((await errorOf(() => requireBinding({ cnf }, scheme, hasProof))).reason).toBe('token_invalid')
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
    expect(requireBinding({ cnf }, 'DPoP', true)).toBe(JKT)
    expect((await errorOf(() => requireBinding({ cnf }, 'Bearer', false))).reason).toBe('token_bound')
  })

  it.each([
    [{ jkt: JKT, 'x5t#S256': 'a' }, 'cnf names x5t#S256, which cannot be checked here'],
    [{ 'kc-jkt-type': 'DPoP' }, 'cnf has no jkt'],
    [{ jkt: 'short' }, 'cnf.jkt is not a thumbprint'],
    [JKT, 'cnf is not an object'],
  ])('%o: %s', async (cnf, detail) => {
    expect((await errorOf(() => requireBinding({ cnf }, 'DPoP', true))).detail).toBe(detail)
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
