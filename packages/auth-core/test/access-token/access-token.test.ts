import { createTestKey } from '@acme/auth-testing'
import type { AccessTokenOptions } from '@acme/auth-testing'
import { describe, expect, it } from 'vitest'
import { AUDIENCE, NOW, accepted, bearer, createWorld, errorOf, jwsText, refused, verdict } from '../support.js'

const world = await createWorld()
const { issuer, server } = world

async function send(options: AccessTokenOptions): Promise<string> {
  return verdict(await server.authenticate(bearer(await issuer.accessToken(options))))
}

async function sendText(token: string): Promise<string> {
  return verdict(await server.authenticate(bearer(token)))
}

describe('a good token', () => {
  it('is accepted', async () => {
    const token = await issuer.accessToken({ scope: 'a b' })
    expect(accepted(await server.authenticate(bearer(token)))).toMatchObject({
      scheme: 'Bearer',
      issuer: issuer.issuer,
      subject: 'user-1',
      clientId: 'client-1',
      scopes: ['a', 'b'],
      expiresAt: NOW + 3600,
      thumbprint: undefined,
      token,
    })
  })

  it('is verified alone, too', async () => {
    const { header, claims } = await server.verifyAccessToken(await issuer.accessToken())
    expect(header).toEqual({ alg: 'ES256', typ: 'at+jwt', kid: issuer.signingKey.kid })
    expect([claims.iss, claims.aud, Object.isFrozen(claims)]).toEqual([issuer.issuer, AUDIENCE, true])
  })

  it('comes frozen in depth: all requests with it share what it says', async () => {
    const list = { aud: [AUDIENCE], permissions: ['p'], scope: ['s'], cnf: { 'x5t#S256': 'x' }, roles: [{ of: ['a'] }] }
    const token = await server.verifyAccessToken(await issuer.accessToken({ claims: list }))
    const { header, claims, scopes, permissions } = token
    const roles = claims['roles'] as [{ of: string[] }]
    for (const part of [
      token,
      header,
      claims,
      scopes,
      permissions,
      claims.aud,
      claims.cnf,
      roles,
      roles[0],
      roles[0].of,
    ])
      expect([part, Object.isFrozen(part)]).toEqual([part, true])
  })

  it('shares its scopes with others, and nobody can change them', async () => {
    const scope = 'a  b '
    const [one, other] = [await issuer.accessToken({ scope }), await issuer.accessToken({ scope })]
    const { scopes } = await server.verifyAccessToken(one)
    expect(scopes).toEqual(['a', 'b'])
    expect(() => (scopes as string[]).push('admin')).toThrow(TypeError)
    expect((await server.verifyAccessToken(other)).scopes).toEqual(['a', 'b'])
  })

  it.each(['RS256', 'PS256', 'ES256', 'EdDSA'] as const)('may be signed with %s', async (algorithm) => {
    const other = await createWorld({}, { algorithm })
    expect(verdict(await other.server.authenticate(bearer(await other.issuer.accessToken())))).toBe('accepted')
  })

  it.each(['RS384', 'ES384', 'PS512', 'Ed25519'] as const)(
    'may be signed with %s only where that is set',
    async (algorithm) => {
      const other = await createWorld({}, { algorithm })
      const token = await other.issuer.accessToken()
      expect(verdict(await other.server.authenticate(bearer(token)))).toBe('401 token_invalid')
      expect(verdict(await other.serve({ algorithms: [algorithm] }).authenticate(bearer(token)))).toBe('accepted')
    },
  )
})

describe('signature', () => {
  it.each(['none', 'flipped', 'der', new Uint8Array(64), new Uint8Array(1), new Uint8Array(4096)] as const)(
    '%o',
    async (signature) => {
      expect(await send({ signature })).toBe('401 token_invalid')
    },
  )

  it('of another key under the same kid', async () => {
    const key = await createTestKey('ES256', { kid: issuer.signingKey.kid })
    expect(await send({ key })).toBe('401 token_invalid')
  })

  it('of another token', async () => {
    const [header = '', , signature = ''] = (await issuer.accessToken()).split('.')
    const [, payload = ''] = (await issuer.accessToken({ claims: { sub: 'admin' } })).split('.')
    expect(await sendText(`${header}.${payload}.${signature}`)).toBe('401 token_invalid')
  })
})

describe('text', () => {
  it.each([
    ['two segments', (t: string) => t.split('.').slice(0, 2).join('.')],
    ['four segments', (t: string) => `${t}.${t.split('.')[2]}`],
    ['five segments, a JWE', (t: string) => `${t.split('.')[0]}.a2V5.aXY.Y2lwaGVy.dGFn`],
    ['an empty signature', (t: string) => t.slice(0, t.lastIndexOf('.') + 1)],
    ['padding', (t: string) => `${t}==`],
    [
      'stray trailing bits',
      (t: string) => t.slice(0, -1) + (t.endsWith('A') ? 'B' : t.endsWith('Q') ? 'R' : t.endsWith('g') ? 'h' : 'x'),
    ],
    ['an opaque token', () => 'opaque'],
    ['dots', () => '..'],
    ['an array for a header', () => jwsText('[]', '{}')],
    ['a number for a header', () => jwsText('1', '{}')],
    ['null for a header', () => jwsText('null', '{}')],
    ['an array for a payload', () => jwsText('{"alg":"ES256"}', '[]')],
    ['null for a payload', () => jwsText('{"alg":"ES256"}', 'null')],
  ])('%s', async (_, change) => {
    expect(await sendText(change(await issuer.accessToken()))).toMatch(/^40[01] (token_invalid|credentials_malformed)$/)
  })

  it.each([
    ['a payload 33 deep', { claims: { a: JSON.parse(`${'['.repeat(32)}${']'.repeat(32)}`) as unknown } }],
    ['a byte order mark', { rawPayload: '\uFEFF{}' }],
    ['a payload that is a list', { rawPayload: '[]' }],
    ['a header that is a list', { rawHeader: '[]' }],
    ['a payload in UTF-16', { rawPayload: Buffer.from('{"a":1}', 'utf16le') }],
  ])('%s, well signed', async (_, options) => {
    expect(await send(options)).toBe('401 token_invalid')
  })

  it('may be 16 KiB long and not one character more', async () => {
    // Header padding reaches the lengths that payload padding cannot.
    const ofLength = async (length: number): Promise<string> => {
      for (const kidPad of [0, 1, 2]) {
        const header = { pad: 'h'.repeat(kidPad) }
        const base = (await issuer.accessToken({ header, claims: { pad: '' } })).length
        for (const extra of [-2, -1, 0, 1, 2]) {
          const pad = 'p'.repeat(Math.floor(((length - base) * 3) / 4) + extra)
          const token = await issuer.accessToken({ header, claims: { pad } })
          if (token.length === length) return token
        }
      }
      throw new Error(`no token of ${length} characters`)
    }
    expect(await sendText(await ofLength(16_384))).toBe('accepted')
    expect(await sendText(await ofLength(16_385))).toBe('400 token_too_large')
  })

  it('is bounded when a token is verified alone', async () => {
    const token = await issuer.accessToken({ claims: { pad: 'p'.repeat(20_000) } })
    expect((await errorOf(() => server.verifyAccessToken(token))).reason).toBe('token_too_large')
  })
})

describe('iss', () => {
  it.each([
    'https://issuer.test',
    'https://issuer.test//',
    'HTTPS://issuer.test/',
    'https://ISSUER.test/',
    'https://issuer.test:443/',
    'http://issuer.test/',
    'issuer.test',
    'https://issuer.test/ ',
    'https://issuer.test/?x',
    'https://issuer.test/#',
    'https://issuer.test/%2e',
    'https://evil.test/',
    'https://issuer.test.evil.test/',
    'https://issuer.test@evil.test/',
    '',
    '__proto__',
    'constructor',
    undefined,
    null,
    1,
    true,
    ['https://issuer.test/'],
    { issuer: 'https://issuer.test/' },
  ])('%o', async (iss) => {
    expect(await send({ claims: { iss } })).toBe('401 token_invalid')
  })

  it.each([undefined, null, 1, true, [], {}])('%o: no function is asked for it', async (iss) => {
    const asked: unknown[] = []
    const issuers = (name: string): undefined => void asked.push(name)
    const token = await issuer.accessToken({ claims: { iss } })
    expect(verdict(await world.serve({ issuers }).authenticate(bearer(token)))).toBe('401 token_invalid')
    expect(asked).toEqual([])
  })

  it('without trailing slash is another issuer, both ways', async () => {
    const other = await createWorld({}, { issuer: 'https://issuer.test' })
    const sendOther = async (iss: string): Promise<string> =>
      verdict(await other.server.authenticate(bearer(await other.issuer.accessToken({ claims: { iss } }))))
    expect([await sendOther('https://issuer.test'), await sendOther('https://issuer.test/')]).toEqual([
      'accepted',
      '401 token_invalid',
    ])
  })
})

describe('typ', () => {
  it.each(['at+jwt', 'AT+JWT', 'application/at+jwt', 'Application/AT+JWT', 'JWT', 'jwt', undefined])(
    '%s is accepted',
    async (typ) => {
      expect(await send({ header: { typ } })).toBe('accepted')
    },
  )

  it.each([
    'dpop+jwt',
    'logout+jwt',
    'secevent+jwt',
    'id+jwt',
    'application/jwt',
    'at+jwt ',
    ' at+jwt',
    'at+jwt;v=1',
    'at jwt',
    'JOSE',
    'application/json',
    '',
    null,
    1,
    true,
    ['at+jwt'],
    { typ: 'at+jwt' },
    '__proto__',
  ])('%o is refused', async (typ) => {
    expect(await send({ header: { typ } })).toBe('401 token_invalid')
  })

  it.each([
    ['at+jwt', 'accepted'],
    ['application/at+jwt', 'accepted'],
    ['JWT', '401 token_invalid'],
    [undefined, '401 token_invalid'],
  ])('by RFC 9068, %s: %s', async (typ, outcome) => {
    const strict = world.serve({ tokenProfile: 'rfc9068' })
    expect(verdict(await strict.authenticate(bearer(await issuer.accessToken({ header: { typ } }))))).toBe(outcome)
  })
})

describe('a token refused', () => {
  it('is answered 401, with invalid_token for the scheme used', async () => {
    const { status, headers, body } = refused(
      await server.authenticate(bearer(await issuer.accessToken({ signature: 'flipped' }))),
    )
    expect([status, headers['www-authenticate']]).toEqual([
      401,
      'Bearer realm="api", error="invalid_token", error_description="The access token is invalid", DPoP algs="ES256"',
    ])
    expect(JSON.parse(body)).toMatchObject({ error: 'invalid_token', code: 'AUTH_1002' })
  })
})

describe('a token that is too old', () => {
  it('has no keys fetched', async () => {
    const other = await createWorld()
    const token = await other.issuer.accessToken({ expiresIn: -60 })
    expect(verdict(await other.server.authenticate(bearer(token)))).toBe('401 token_expired')
    expect(other.issuer.count('all')).toBe(0)
  })

  it('has none fetched where it is remembered, either', async () => {
    const other = await createWorld()
    const token = await other.issuer.accessToken({ expiresIn: 60 })
    for (let time = 0; time < 2; time++) await other.server.verifyAccessToken(token)
    other.issuer.resetCounts()
    // Keys that are asked for now would be refreshed in the background.
    other.clock.advance(3400)
    expect(verdict(await other.server.authenticate(bearer(token)))).toBe('401 token_expired')
    expect(other.issuer.count('all')).toBe(0)
  })
})
