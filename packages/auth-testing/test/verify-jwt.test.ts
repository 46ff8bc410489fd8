import { exportJWK, importJWK, SignJWT } from 'jose'
import { describe, expect, it } from 'vitest'

import { createTestKey } from '../src/index.js'
import { verifyJwt } from '../src/verify-jwt.js'

const key = await createTestKey('RS256')
const NOW = 1_800_000_000

async function sign(claims: Record<string, unknown>, alg = 'RS256'): Promise<string> {
  const privateKey = await importJWK(await exportJWK(key.privateKey), alg)
  return new SignJWT(claims).setProtectedHeader({ alg }).sign(privateKey)
}

describe('verifyJwt', () => {
  it('gives header and claims, by whichever key fits', async () => {
    const others = [null, 'x', {}, { kty: 'oct', k: 'eA' }, { kty: 'RSA' }, (await createTestKey('ES256')).publicJwk]
    const verified = await verifyJwt(await sign({ sub: 'ada' }), [...others, key.publicJwk], NOW)
    expect(verified).toEqual({ header: { alg: 'RS256' }, claims: { sub: 'ada' } })
  })

  it('holds a key to its algorithm (RFC 7517 §4.4)', async () => {
    expect(await verifyJwt(await sign({}, 'PS256'), [key.publicJwk], NOW)).toBeUndefined()
    const { alg: _alg, ...any } = key.publicJwk
    expect(await verifyJwt(await sign({}, 'PS256'), [any], NOW)).toBeDefined()
  })

  it.each([{ exp: NOW }, { exp: 'never' }, { exp: null }, { nbf: NOW + 61 }, { nbf: '0' }])(
    'refuses %j',
    async (claims) => {
      expect(await verifyJwt(await sign(claims), [key.publicJwk], NOW)).toBeUndefined()
    },
  )

  it.each([{ exp: NOW + 1 }, { nbf: NOW + 60 }, {}])('takes %j', async (claims) => {
    expect(await verifyJwt(await sign(claims), [key.publicJwk], NOW)).toBeDefined()
  })

  it('refuses a token with anything around it', async () => {
    const token = await sign({})
    for (const text of [` ${token}`, `${token} `, `${token}\n`, `Bearer ${token}`, `${token}.`, `${token}=`, '']) {
      expect(await verifyJwt(text, [key.publicJwk], NOW)).toBeUndefined()
    }
  })

  it('knows nothing without keys', async () => {
    expect(await verifyJwt(await sign({}), [], NOW)).toBeUndefined()
  })
})
