import { base64url, createTestKey } from '@acme/auth-testing'
import type { ProofOptions } from '@acme/auth-testing'
import { describe, expect, it } from 'vitest'
import type { Refused } from '../../src/resource-server-types.js'
import { NOW, createWorld, refused, request, verdict } from '../support.js'
import type { RequestParts } from '../support.js'

const world = await createWorld({ dpop: { replay: false } })
const { issuer, key, server } = world
const token = await issuer.accessToken({ jkt: key.thumbprint })
const otherKey = await createTestKey('ES256')

async function send(proof: string | readonly string[], parts: RequestParts = {}): Promise<string> {
  return verdict(await server.authenticate(request({ authorization: `DPoP ${token}`, dpop: proof, ...parts })))
}

async function sendWith(options: Partial<ProofOptions>, parts: RequestParts = {}): Promise<string> {
  return send(await world.proof(token, options), parts)
}

async function refusalOf(options: Partial<ProofOptions>): Promise<Refused> {
  const dpop = await world.proof(token, options)
  return refused(await server.authenticate(request({ authorization: `DPoP ${token}`, dpop })))
}

describe('8: htm', () => {
  it.each([undefined, null, '', 'get', 'Get', ' GET', 'GET ', 'POST', 'HEAD', 'GET\0', 1, true, ['GET'], {}])(
    '%o for GET',
    async (htm) => {
      expect(await sendWith({ claims: { htm } })).toBe('400 proof_method')
    },
  )

  it.each(['POST', 'DELETE', 'OPTIONS', 'get', 'QUERY', 'M-SEARCH'])(
    '%s for itself and nothing else',
    async (method) => {
      expect(await sendWith({ method }, { method })).toBe('accepted')
      expect(await sendWith({}, { method })).toBe('400 proof_method')
    },
  )
})

describe('9: htu', () => {
  it.each([
    undefined,
    null,
    '',
    '/items',
    'api.test/items',
    '//api.test/items',
    1,
    true,
    {},
    ['https://api.test/items'],
    'http://api.test/items',
    'https://api.test:8443/items',
    'https://api.test:80/items',
    'https://evil.test/items',
    'https://api.test.evil.test/items',
    'https://api.test./items',
    'https://api.test',
    'https://api.test/',
    'https://api.test/Items',
    'https://api.test/items/',
    'https://api.test//items',
    'https://api.test/items/1',
    'https://api.test/item',
    'https://api.test/items%2F',
    'https://api.test/items%20',
    'https://api.test/x/%2e%2e%2fitems',
    'https://user@api.test/items',
    'https://api.test\\items',
    ' https://api.test/items',
    'https://api.test/items\n',
    'https://api.test/ items',
    'https://evil.test/https://api.test/items',
    'https://api.test@evil.test/items',
    'https://api.test#@evil.test/items',
    '*',
  ])('%o', async (htu) => {
    expect(await sendWith({ claims: { htu } })).toBe('400 proof_url')
  })

  it.each([
    'https://api.test/items',
    'HTTPS://API.TEST/items',
    'https://api.test:443/items',
    'https://api.test:/items',
    'https://api.test/items?x=1',
    'https://api.test/items#x',
    'https://api.test/./items',
    'https://api.test/x/../items',
    'https://api.test/%69tems',
    'https://api.test/%2e/items',
  ])('%s is the same URL', async (htu) => {
    expect(await sendWith({ claims: { htu } })).toBe('accepted')
  })
})

describe('10: iat', () => {
  it.each([
    [NOW, 'accepted'],
    [NOW + 0.5, 'accepted'],
    [NOW - 330, 'accepted'],
    [NOW + 30, 'accepted'],
    [NOW - 330.001, '400 proof_time'],
    [NOW - 331, '400 proof_time'],
    [NOW + 30.001, '400 proof_time'],
    [NOW + 31, '400 proof_time'],
    [0, '400 proof_time'],
    [-NOW, '400 proof_time'],
    [NOW * 1000, '400 proof_time'],
    [1e308, '400 proof_time'],
    [undefined, '400 proof_malformed'],
    [null, '400 proof_malformed'],
    [String(NOW), '400 proof_malformed'],
    [true, '400 proof_malformed'],
    [[NOW], '400 proof_malformed'],
    [{}, '400 proof_malformed'],
  ])('%o: %s', async (iat, outcome) => {
    expect(await sendWith({ claims: { iat } })).toBe(outcome)
  })

  it.each(['1e999', '-1e999'])('%s in JSON', async (iat) => {
    const rawPayload = `{"htm":"GET","htu":"https://api.test/items","jti":"a","iat":${iat}}`
    expect(await sendWith({ rawPayload })).toBe('400 proof_time')
  })

  it('by the settings', async () => {
    const own = world.serve({ dpop: { proofMaxAge: 60, clockTolerance: 0 } })
    const outcomes = []
    for (const iat of [NOW - 61, NOW - 60, NOW, NOW + 1])
      outcomes.push(verdict(await own.authenticate(await world.dpopRequest({ claims: { iat } }))))
    expect(outcomes).toEqual(['400 proof_time', 'accepted', 'accepted', '400 proof_time'])
  })
})

// RFC 7519 §4.1.4 and §4.1.5. Nobody needs them in a proof, and who puts them there means them.
describe('10: exp and nbf, where a proof has them', () => {
  it.each([
    ['exp', NOW + 60, 'accepted'],
    ['exp', NOW, 'accepted'],
    ['exp', NOW - 29.999, 'accepted'],
    ['exp', NOW - 30, '400 proof_time'],
    ['exp', 0, '400 proof_time'],
    ['exp', -1, '400 proof_time'],
    ['exp', 1e308, 'accepted'],
    ['nbf', NOW, 'accepted'],
    ['nbf', NOW + 30, 'accepted'],
    ['nbf', NOW + 30.001, '400 proof_time'],
    ['nbf', 1e308, '400 proof_time'],
    ['nbf', 0, 'accepted'],
    ...['exp', 'nbf'].flatMap((name) =>
      [null, '', String(NOW + 10), true, false, [NOW + 10], {}, '1e999', 'soon'].map(
        (value): [string, unknown, string] => [name, value, '400 proof_malformed'],
      ),
    ),
  ])('%s %o: %s', async (name, value, outcome) => {
    expect(await sendWith({ claims: { [name]: value } })).toBe(outcome)
  })

  it.each(['exp', 'nbf'])('%s of 1e999 in JSON, which no double can hold', async (name) => {
    const right = Buffer.from((await world.proof(token)).split('.')[1] ?? '', 'base64url').toString()
    const rawPayload = right.replace(/}$/, `,"${name}":1e999}`)
    expect(await sendWith({ rawPayload })).toBe('400 proof_malformed')
  })

  it('with a nonce as well: that the nonce is fresh does not make an expired proof good', async () => {
    const own = world.serve({ dpop: { nonce: { secret: 'a secret of this test, long enough' } } })
    const challenge = refused(await own.authenticate(await world.dpopRequest()))
    const nonce = challenge.headers['dpop-nonce'] ?? ''
    const outcomes = []
    for (const claims of [{ exp: NOW - 60 }, { nbf: NOW + 60 }, { exp: NOW + 60, nbf: NOW - 60 }]) {
      outcomes.push(verdict(await own.authenticate(await world.dpopRequest({ nonce, claims }))))
    }
    expect(outcomes).toEqual(['400 proof_time', '400 proof_time', 'accepted'])
  })
})

describe('the detail of an event has figures', () => {
  it.each<[string, Partial<ProofOptions>]>([
    ['iat is 312 s ahead; tolerance 30 s', { claims: { iat: NOW + 312 } }],
    ['iat is 30.001 s ahead; tolerance 30 s', { claims: { iat: NOW + 30.001 } }],
    ['iat is 400 s ago; proofMaxAge 300 s, tolerance 30 s', { claims: { iat: NOW - 400 } }],
    ['iat is missing', { claims: { iat: undefined } }],
    ['iat is no number', { claims: { iat: String(NOW) } }],
    ['exp was 90 s ago; tolerance 30 s', { claims: { exp: NOW - 90 } }],
    ['exp is no time', { claims: { exp: 'soon' } }],
    ['nbf is 90.5 s ahead; tolerance 30 s', { claims: { nbf: NOW + 90.5 } }],
    ['jti is missing', { claims: { jti: undefined } }],
    ['jti has 600 characters; 1 to 512 are accepted', { claims: { jti: 'j'.repeat(600) } }],
    ['jti is no text', { claims: { jti: 1 } }],
    ['ath is missing', { claims: { ath: undefined } }],
    ['ath is not the hash of the access token', { claims: { ath: 'x' } }],
    ['htu is missing', { claims: { htu: undefined } }],
    ['typ is missing', { header: { typ: undefined } }],
    ['typ is "JWT"', { header: { typ: 'JWT' } }],
    ['alg is missing, accepted is ES256', { rawHeader: '{"typ":"dpop+jwt"}' }],
  ])('%s', async (detail, options) => {
    world.events.length = 0
    await sendWith(options)
    expect(world.events.map((event) => event.detail)).toEqual([detail])
  })
})

describe('11: jti', () => {
  it.each([undefined, null, '', 'a'.repeat(513), 1, 0, true, {}, [], ['a'], Array(10).fill('a')])('%o', async (jti) => {
    expect(await sendWith({ claims: { jti } })).toBe('400 proof_malformed')
  })

  it.each(['a', 'a'.repeat(512), ' ', '\0', '🦊', '__proto__'])('%s', async (jti) => {
    expect(await sendWith({ claims: { jti } })).toBe('accepted')
  })
})

describe('12: ath', () => {
  it('is required, and that of this token', async () => {
    const right = (await world.proof(token)).split('.')[1] ?? ''
    const { ath } = JSON.parse(Buffer.from(right, 'base64url').toString()) as { ath: string }
    const hex = Buffer.from(ath, 'base64url').toString('hex')
    const wrong = [
      undefined,
      null,
      '',
      `${ath}=`,
      ath.toLowerCase(),
      ath.slice(0, -1),
      hex,
      [ath],
      { ath },
      1,
      base64url(token),
      token,
    ]
    for (const value of wrong) expect(await sendWith({ claims: { ath: value } })).toBe('400 proof_token')
    expect(await send(await world.proof(await issuer.accessToken({ jkt: key.thumbprint })))).toBe('400 proof_token')
  })
})

describe('13: the key of the token', () => {
  it('another key', async () => {
    expect(await sendWith({ key: otherKey })).toBe('401 key_mismatch')
  })

  it('is answered 401 invalid_token, on DPoP', async () => {
    const { headers } = await refusalOf({ key: otherKey })
    expect(headers['www-authenticate']).toBe(
      'DPoP algs="ES256", error="invalid_token", error_description="The DPoP proof is not made with the key of the access token", Bearer realm="api"',
    )
  })
})
