import { createLocalJWKSet, decodeJwt, decodeProtectedHeader, errors, jwtVerify } from 'jose'
import { describe, expect, it } from 'vitest'

import { createTestIssuer, createTestKey, type AccessTokenOptions } from '../src/index.js'
import { segment } from './verify.js'

const NOW = 1_750_000_000
const issuer = await createTestIssuer({ now: () => NOW + 0.9 })
const keySet = createLocalJWKSet({ keys: [issuer.signingKey.publicJwk] })

describe('accessToken', () => {
  it('makes by default what RFC 9068 asks for', async () => {
    const { payload, protectedHeader } = await verified()
    expect(protectedHeader).toEqual({ alg: 'ES256', typ: 'at+jwt', kid: issuer.signingKey.kid })
    expect(payload).toEqual({
      iss: 'https://issuer.test/',
      sub: 'user-1',
      aud: 'https://api.test/',
      client_id: 'client-1',
      iat: NOW,
      exp: NOW + 3600,
      jti: expect.any(String),
    })
  })

  it('makes no two alike', async () => {
    const [one, other] = [await verified(), await verified()]
    expect(one.payload.jti).not.toBe(other.payload.jti)
  })

  it('adds scope and confirmation', async () => {
    const { payload } = await verified({ scope: 'read:a write:a', jkt: 'thumb' })
    expect(payload).toMatchObject({ scope: 'read:a write:a', cnf: { jkt: 'thumb' } })
  })

  it('merges claims and header over the defaults', async () => {
    const options = { claims: { sub: 'x', aud: ['a', 'b'], extra: [1] }, header: { typ: 'JWT', x: 1 } }
    const token = await issuer.accessToken(options)
    expect(decodeJwt(token)).toMatchObject({ ...options.claims, iss: issuer.issuer })
    expect(decodeProtectedHeader(token)).toMatchObject({ typ: 'JWT', x: 1, kid: issuer.signingKey.kid })
  })

  it('removes a default with undefined', async () => {
    const token = await issuer.accessToken({
      claims: { exp: undefined, iss: undefined },
      header: { kid: undefined, typ: undefined },
    })
    expect(decodeJwt(token)).not.toHaveProperty('exp')
    expect(decodeJwt(token)).not.toHaveProperty('iss')
    expect(decodeProtectedHeader(token)).toEqual({ alg: 'ES256' })
  })

  it('keeps null, which is not undefined', async () => {
    expect(decodeJwt(await issuer.accessToken({ claims: { exp: null } }))).toHaveProperty('exp', null)
  })

  it('makes an expired token', async () => {
    await expect(verified({ expiresIn: -1 })).rejects.toThrow(errors.JWTExpired)
  })

  it('signs with another key, and names it', async () => {
    const key = await createTestKey('ES256', { kid: 'other' })
    const token = await issuer.accessToken({ key })
    expect(decodeProtectedHeader(token)).toEqual({ alg: 'ES256', typ: 'at+jwt', kid: 'other' })
    await expect(jwtVerify(token, keySet)).rejects.toThrow(errors.JWKSNoMatchingKey)
  })

  it('takes raw segments and signs them', async () => {
    const rawPayload = `{"iss":"a","iss":"b"}`
    const token = await issuer.accessToken({ rawPayload, claims: { sub: 'ignored' } })
    expect(segment(token, 1)).toBe(rawPayload)
    expect((await jwtVerify(token, keySet)).payload).toEqual({ iss: 'b' })
    expect(segment(await issuer.accessToken({ rawHeader: 'not json' }), 0)).toBe('not json')
  })

  it.each(['flipped', 'none'] as const)('makes a bad signature: %s', async (signature) => {
    await expect(verified({ signature })).rejects.toThrow(errors.JWSSignatureVerificationFailed)
  })
})

async function verified(options?: AccessTokenOptions): ReturnType<typeof jwtVerify> {
  return jwtVerify(await issuer.accessToken(options), keySet, {
    issuer: issuer.issuer,
    audience: issuer.audience,
    typ: 'at+jwt',
    currentDate: new Date(NOW * 1000),
  })
}
