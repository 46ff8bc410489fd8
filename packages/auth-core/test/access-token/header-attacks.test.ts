import { createTestIssuer, createTestKey, compactJws } from '@acme/auth-testing'
import { exportSPKI, importJWK } from 'jose'
import { describe, expect, it } from 'vitest'
import { AUDIENCE, NOW, bearer, createWorld, errorOf, verdict } from '../support.js'

const world = await createWorld({}, { algorithm: 'RS256' })
const { issuer, server } = world
const ecKey = await createTestKey('ES256')
const strayKey = await createTestKey('ES256')
issuer.addKey(ecKey)
await server.preload()

async function outcomeOf(token: string): Promise<string> {
  return verdict(await server.authenticate(bearer(token)))
}

function claims(): Record<string, unknown> {
  return { iss: issuer.issuer, aud: AUDIENCE, sub: 'admin', iat: NOW, exp: NOW + 60 }
}

describe('alg', () => {
  it.each(['none', 'None', 'NONE', 'nOnE', 'none ', ' none', 'none\0', 'nonę'])('%o, unsigned', async (alg) => {
    expect(await outcomeOf(await issuer.accessToken({ header: { alg }, signature: 'none' }))).toBe('401 token_invalid')
    expect(await outcomeOf(await issuer.accessToken({ header: { alg } }))).toBe('401 token_invalid')
    const signature = new Uint8Array([0])
    expect(
      (await errorOf(async () => server.verifyAccessToken(await issuer.accessToken({ header: { alg }, signature }))))
        .detail,
    ).toMatch(/^alg is/)
  })

  it.each([
    'rs256',
    'RS256 ',
    'Rs256',
    'RS512',
    'HS256',
    'ES256K',
    'RSA1_5',
    'dir',
    'A128GCM',
    '',
    undefined,
    null,
    0,
    1,
    256,
    true,
    ['RS256'],
    { alg: 'RS256' },
    '__proto__',
    'constructor',
    'toString',
  ])('%o, signed with RS256', async (alg) => {
    expect(await outcomeOf(await issuer.accessToken({ header: { alg } }))).toBe('401 token_invalid')
  })

  it.each(['HS256', 'HS384', 'HS512'])('%s with the public key as the secret', async (alg) => {
    const { publicJwk, kid } = issuer.signingKey
    const key = await importJWK(publicJwk, 'RS256')
    if (key instanceof Uint8Array) throw new Error('not a public key')
    const pem = await exportSPKI(key)
    const der = Buffer.from(pem.replace(/-----[^-]+-----|\s/g, ''), 'base64')
    const n = Buffer.from(publicJwk.n ?? '', 'base64url')
    const texts = [pem, pem.trimEnd(), JSON.stringify(publicJwk), publicJwk.n ?? '']
    for (const secret of [...texts.map((text) => Buffer.from(text)), der, n]) {
      const header = { alg, typ: 'at+jwt', kid }
      expect(await outcomeOf(await compactJws({ header, payload: claims(), key: { alg, secret } }))).toBe(
        '401 token_invalid',
      )
    }
  })
})

describe('one algorithm with the key of another', () => {
  it.each([
    ['RS256, with the kid of the EC key', { alg: 'RS256', kid: ecKey.kid }, issuer.signingKey],
    ['ES256, with the kid of the RSA key', { alg: 'ES256', kid: issuer.signingKey.kid }, ecKey],
    ['PS256, with the kid of a key for RS256', { alg: 'PS256', kid: issuer.signingKey.kid }, issuer.signingKey],
    ['RS256 in the header, ES256 in the signature', { alg: 'RS256', kid: ecKey.kid }, ecKey],
    ['ES256 in the header, RS256 in the signature', { alg: 'ES256', kid: ecKey.kid }, issuer.signingKey],
    ['EdDSA, with the kid of the EC key', { alg: 'EdDSA', kid: ecKey.kid }, ecKey],
    ['ES256 of the wrong one of two keys', { alg: 'ES256', kid: ecKey.kid }, strayKey],
  ])('%s', async (_, header, key) => {
    expect(await outcomeOf(await issuer.accessToken({ header, key }))).toBe('401 token_invalid')
  })

  it('ES256 with its own kid is accepted', async () => {
    expect(await outcomeOf(await issuer.accessToken({ key: ecKey }))).toBe('accepted')
  })
})

describe('an issuer with fewer algorithms', () => {
  it('refuses those of the others', async () => {
    const own = world.serve({ algorithms: ['ES256'] })
    expect(verdict(await own.authenticate(bearer(await issuer.accessToken())))).toBe('401 token_invalid')
    expect(verdict(await own.authenticate(bearer(await issuer.accessToken({ key: ecKey }))))).toBe('accepted')
  })
})

describe('crit, b64 and zip', () => {
  it.each([
    { crit: ['exp'] },
    { crit: [] },
    { crit: 'exp' },
    { crit: null },
    { crit: ['b64'], b64: false },
    { crit: ['b64'], b64: true },
    { b64: false },
    { b64: true },
    { zip: 'DEF' },
    { zip: null },
  ])('%o', async (header) => {
    expect(await outcomeOf(await issuer.accessToken({ header }))).toBe('401 token_invalid')
  })
})

describe('keys that the token brings along', async () => {
  const evil = await createTestIssuer({ issuer: 'https://evil.test/' })
  const { kid } = issuer.signingKey
  const headers = {
    jwk: evil.signingKey.publicJwk,
    jku: evil.jwksUri,
    x5u: 'https://evil.test/cert.pem',
    x5c: ['MIIB'],
    x5t: 'AAAA',
    'x5t#S256': 'AAAA',
    kid: evil.jwksUri,
  }
  const fetched: string[] = []
  const counting: typeof fetch = (input, init) => {
    fetched.push(String(input instanceof Request ? input.url : input))
    return issuer.fetch(input, init)
  }

  it.each(Object.entries(headers))('%s is never used', async (name, value) => {
    fetched.length = 0
    const own = world.serve({ fetch: counting, keys: { cooldown: 0 } })
    const forged = await issuer.accessToken({ key: evil.signingKey, header: { kid, [name]: value } })
    expect(verdict(await own.authenticate(bearer(forged)))).toBe('401 token_invalid')
    expect(verdict(await own.authenticate(bearer(forged)))).toBe('401 token_invalid')
    expect([...new Set(fetched)]).toEqual(['https://issuer.test/.well-known/openid-configuration', issuer.jwksUri])
  })

  it.each(Object.entries(headers).filter(([name]) => name !== 'kid'))(
    '%s does not disturb a good token',
    async (name, value) => {
      expect(await outcomeOf(await issuer.accessToken({ header: { [name]: value } }))).toBe('accepted')
    },
  )
})

describe('kid', () => {
  it.each([null, 0, 1, true, [], ['a'], {}, { kid: 'a' }])('%o is no kid', async (kid) => {
    const error = await errorOf(async () => server.verifyAccessToken(await issuer.accessToken({ header: { kid } })))
    expect([error.reason, error.detail]).toEqual(['token_invalid', 'kid is not a string'])
  })

  it.each(['', 'unknown', '__proto__', 'constructor', '../../etc/passwd', "' OR 1=1 --", '\0'])(
    '%o is unknown',
    async (kid) => {
      expect(await outcomeOf(await issuer.accessToken({ header: { kid } }))).toBe('401 token_invalid')
    },
  )
})

describe('members of the header with special names', () => {
  it.each(['__proto__', '\\u005f_proto__'])('%s is refused', async (name) => {
    const rawHeader = `{"alg":"RS256","kid":"${issuer.signingKey.kid}","${name}":{"alg":"none"}}`
    expect(await outcomeOf(await issuer.accessToken({ rawHeader }))).toBe('401 token_invalid')
  })

  it('the last of two alg counts', async () => {
    const { kid } = issuer.signingKey
    const twice = (first: string, second: string): Promise<string> =>
      issuer.accessToken({ rawHeader: `{"alg":"${first}","kid":"${kid}","alg":"${second}"}` })
    expect(await outcomeOf(await twice('RS256', 'none'))).toBe('401 token_invalid')
    expect(await outcomeOf(await twice('none', 'RS256'))).toBe('accepted')
  })

  it('constructor and toString do no harm', async () => {
    expect(await outcomeOf(await issuer.accessToken({ header: { constructor: 1, toString: 'x' } }))).toBe('accepted')
  })
})
