import { createProof, createTestKey } from '@acme/auth-testing'
import type { ProofOptions } from '@acme/auth-testing'
import { describe, expect, it } from 'vitest'
import { NOW, accepted, createWorld, errorOf, faultOf, request, verdict } from '../support.js'
import type { RequestParts } from '../support.js'

const world = await createWorld({ dpop: { replay: false } })
const { issuer, key, server } = world
const token = await issuer.accessToken({ jkt: key.thumbprint })
const otherKey = await createTestKey('ES256')
const rsaKey = await createTestKey('RS256')

async function send(proof: string | readonly string[], parts: RequestParts = {}): Promise<string> {
  return verdict(await server.authenticate(request({ authorization: `DPoP ${token}`, dpop: proof, ...parts })))
}

async function sendWith(options: Partial<ProofOptions>, parts: RequestParts = {}): Promise<string> {
  return send(await world.proof(token, options), parts)
}

describe('a good proof', () => {
  it('is accepted', async () => {
    const auth = accepted(await server.authenticate(await world.dpopRequest()))
    expect([auth.scheme, auth.thumbprint, auth.subject]).toEqual(['DPoP', key.thumbprint, 'user-1'])
  })

  it.each(['dpop+jwt', 'DPoP+jwt', 'DPOP+JWT'])('may have the typ %s', async (typ) => {
    expect(await sendWith({ header: { typ } })).toBe('accepted')
  })

  it('may have a nonce that nobody asked for, and further claims', async () => {
    expect(await sendWith({ nonce: 'n', claims: { x: { y: 1 } } })).toBe('accepted')
  })
})

describe('1: exactly one header', () => {
  it('none', async () => {
    expect(await send([])).toBe('400 proof_missing')
  })

  it('two, the same or not, in lines or in a list', async () => {
    const [one, two] = [await world.proof(token), await world.proof(token)]
    const outcomes = [
      await send([one, two]),
      await send([one, one]),
      await send([one, '']),
      await send(`${one}, ${two}`),
      await send(`${one},`),
    ]
    expect(outcomes).toEqual(Array(5).fill('400 proof_repeated'))
  })

  it('of at most 8 KiB', async () => {
    const ofLength = async (length: number): Promise<string> => {
      for (const typPad of [0, 1, 2]) {
        const header = { pad: 'h'.repeat(typPad) }
        const base = (await world.proof(token, { header, claims: { pad: '' } })).length
        for (const extra of [-2, -1, 0, 1, 2]) {
          const pad = 'p'.repeat(Math.floor(((length - base) * 3) / 4) + extra)
          const proof = await world.proof(token, { header, claims: { pad } })
          if (proof.length === length) return proof
        }
      }
      throw new Error(`no proof of ${length} characters`)
    }
    expect(await send(await ofLength(8192))).toBe('accepted')
    expect(await send(await ofLength(8193))).toBe('400 proof_malformed')
  })
})

describe('2 and 3: a compact JWS', () => {
  it.each([
    ['empty', () => ''],
    ['a word', () => 'proof'],
    ['two segments', (p: string) => p.slice(0, p.lastIndexOf('.'))],
    ['four segments', (p: string) => `${p}.${p}`.split('.').slice(0, 4).join('.')],
    ['five segments', (p: string) => `${p}.a.b`],
    ['an empty signature', (p: string) => p.slice(0, p.lastIndexOf('.') + 1)],
    ['padding', (p: string) => `${p}==`],
    ['a scheme', (p: string) => `DPoP ${p}`],
    ['a line feed', (p: string) => `${p}\n`],
    ['quotes', (p: string) => `"${p}"`],
    [
      'stray bits',
      (p: string) => p.slice(0, -1) + (p.endsWith('A') ? 'B' : p.endsWith('Q') ? 'R' : p.endsWith('g') ? 'h' : 'x'),
    ],
  ])('%s', async (_, change) => {
    expect(await send(change(await world.proof(token)))).toBe('400 proof_malformed')
  })

  it.each([
    ['a header that is a list', { rawHeader: '[]' }],
    ['a header that is null', { rawHeader: 'null' }],
    ['a payload that is a list', { rawPayload: '[]' }],
    ['a payload that is a number', { rawPayload: '1' }],
    ['no UTF-8', { rawPayload: Uint8Array.from([0x7b, 0xff, 0x7d]) }],
    ['a byte order mark', { rawPayload: '\uFEFF{}' }],
    ['33 levels', { claims: { a: JSON.parse(`${'['.repeat(32)}${']'.repeat(32)}`) as unknown } }],
    ['__proto__', { rawPayload: '{"__proto__":{}}' }],
    ['crit', { header: { crit: ['jwk'] } }],
    ['b64', { header: { b64: false, crit: ['b64'] } }],
    ['zip', { header: { zip: 'DEF' } }],
  ])('%s', async (_, options) => {
    expect(await sendWith(options)).toBe('400 proof_malformed')
  })
})

describe('4: typ', () => {
  it.each([
    undefined,
    null,
    '',
    'JWT',
    'at+jwt',
    'dpop',
    'application/dpop+jwt',
    'dpop+jwt ',
    'dpop jwt',
    1,
    true,
    ['dpop+jwt'],
    {},
  ])('%o', async (typ) => {
    expect(await sendWith({ header: { typ } })).toBe('400 proof_malformed')
  })
})

describe('5: alg', () => {
  it.each([
    undefined,
    null,
    '',
    'none',
    'None',
    'NONE',
    'HS256',
    'RS256',
    'ES384',
    'ES512',
    'ES256K',
    'es256',
    'EdDSA',
    1,
    true,
    ['ES256'],
    {},
    '__proto__',
  ])('%o', async (alg) => {
    expect(await sendWith({ header: { alg } })).toBe('400 proof_malformed')
  })

  it('is one of the settings', async () => {
    const bound = await issuer.accessToken({ jkt: rsaKey.thumbprint })
    const dpop = await world.proof(bound, { key: rsaKey })
    const sent = request({ authorization: `DPoP ${bound}`, dpop })
    expect(verdict(await server.authenticate(sent))).toBe('400 proof_malformed')
    const own = world.serve({ dpop: { algorithms: ['RS256'] } })
    expect(verdict(await own.authenticate(sent))).toBe('accepted')
    expect(verdict(await own.authenticate(await world.dpopRequest()))).toBe('400 proof_malformed')
  })
})

describe('7: signature', () => {
  it.each([
    'flipped',
    'der',
    new Uint8Array(64),
    new Uint8Array(63),
    new Uint8Array(1),
    new Uint8Array(64).fill(255),
  ] as const)('%o', async (signature) => {
    expect(await sendWith({ signature })).toBe('400 proof_signature')
  })

  it('of another key than the one in the header', async () => {
    expect(
      await sendWith({ key: otherKey, header: { jwk: (({ kty, crv, x, y }) => ({ kty, crv, x, y }))(key.publicJwk) } }),
    ).toBe('400 proof_signature')
  })

  it('of other claims', async () => {
    const [header = '', , signature = ''] = (await world.proof(token)).split('.')
    const [, payload = ''] = (await world.proof(token, { url: 'https://api.test/other' })).split('.')
    expect(await send(`${header}.${payload}.${signature}`)).toBe('400 proof_signature')
  })
})

describe('verifyDpopProof', () => {
  const target = { method: 'GET', url: 'https://api.test/items', accessToken: token, thumbprint: key.thumbprint }

  it('verifies a proof alone', async () => {
    const { thumbprint, claims } = await server.verifyDpopProof({ ...target, proof: await world.proof(token) })
    expect([thumbprint, claims['htm'], claims['iat']]).toEqual([key.thumbprint, 'GET', NOW])
  })

  it.each([
    ['method', { method: 'POST' }, 'proof_method'],
    ['url', { url: 'https://api.test/other' }, 'proof_url'],
    ['accessToken', { accessToken: 'other' }, 'proof_token'],
    ['thumbprint', { thumbprint: 'other' }, 'key_mismatch'],
    ['proof', { proof: '' }, 'proof_malformed'],
  ])('for another %s', async (_, change, reason) => {
    const proof = await createProof({ key, url: target.url, accessToken: token, now: NOW })
    expect((await errorOf(() => server.verifyDpopProof({ ...target, proof, ...change }))).reason).toBe(reason)
  })

  it.each(['', '/items', 'ftp://api.test/', 'https://user@api.test/', 'https://api.test/ '])(
    'rejects with a TypeError for the url %o',
    async (url) => {
      const verification = server.verifyDpopProof({ ...target, url, proof: await world.proof(token) })
      expect((await faultOf(() => verification)).name).toBe('TypeError')
    },
  )
})
