import { createHash } from 'node:crypto'

import { decodeJwt, EmbeddedJWK, errors, jwtVerify } from 'jose'
import { describe, expect, it } from 'vitest'

import { accessTokenHash, createProof, createTestKey, type ProofOptions } from '../src/index.js'
import { segment } from './verify.js'

const NOW = 1_750_000_000
const key = await createTestKey('ES256')
const url = 'https://api.test/things'

describe('createProof', () => {
  it('makes by default what RFC 9449 §4.2 asks for', async () => {
    const { payload, protectedHeader } = await verified({ key, url, now: NOW })
    const { kty, crv, x, y } = key.publicJwk
    expect(protectedHeader).toEqual({ typ: 'dpop+jwt', alg: 'ES256', jwk: { kty, crv, x, y } })
    expect(payload).toEqual({ jti: expect.any(String), htm: 'GET', htu: url, iat: NOW })
  })

  it.each(['RS256', 'PS256', 'ES384', 'EdDSA'] as const)('embeds the bare public key: %s', async (alg) => {
    const other = await createTestKey(alg)
    const { protectedHeader } = await verified({ key: other, url })
    const { kid: _kid, alg: _alg, use: _use, ...members } = other.publicJwk
    expect(protectedHeader.jwk).toEqual(members)
  })

  it('takes the time from the system by default, in whole seconds', async () => {
    const { payload } = await verified({ key, url })
    expect(Number.isInteger(payload.iat)).toBe(true)
    expect(Math.abs(Date.now() / 1000 - Number(payload.iat))).toBeLessThan(10)
  })

  it('adds ath and nonce', async () => {
    const { payload } = await verified({ key, url, method: 'POST', accessToken: 'abc', nonce: 'n' })
    const ath = createHash('sha256').update('abc').digest('base64url')
    expect(payload).toMatchObject({ htm: 'POST', ath, nonce: 'n' })
  })

  it('keeps the URL to the letter', async () => {
    const odd = 'HTTPS://API.test:443/a/../b?q=1#f'
    expect(decodeJwt(await createProof({ key, url: odd })).htu).toBe(odd)
  })

  it('makes no two alike', async () => {
    const [one, other] = [await verified({ key, url }), await verified({ key, url })]
    expect(one.payload.jti).not.toBe(other.payload.jti)
  })

  it('merges over the defaults, and removes with undefined', async () => {
    const options = { claims: { htm: undefined, jti: 7 }, header: { typ: 'JWT', jwk: undefined } }
    const proof = await createProof({ key, url, now: NOW, ...options })
    expect(JSON.parse(segment(proof, 0))).toEqual({ typ: 'JWT', alg: 'ES256' })
    expect(JSON.parse(segment(proof, 1))).toEqual({ jti: 7, htu: url, iat: NOW })
  })

  it('takes raw segments', async () => {
    const raw = { rawHeader: new Uint8Array([0xff]), rawPayload: '[]' }
    const proof = await createProof({ key, url, ...raw })
    expect(proof).toMatch(/^_w\.W10\./)
  })

  it.each(['flipped', 'none', 'der'] as const)('makes a bad signature: %s', async (signature) => {
    await expect(verified({ key, url, signature })).rejects.toThrow(errors.JWSSignatureVerificationFailed)
  })
})

describe('accessTokenHash', () => {
  it('gives the value of RFC 9449 §7.1', async () => {
    const token = 'Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU'
    expect(await accessTokenHash(token)).toBe('fUHyO2r2Z3DZ53EsNrWBb0xWXoaNy59IiKCAqksmQEo')
  })
})

async function verified(options: ProofOptions): ReturnType<typeof jwtVerify> {
  const proof = await createProof(options)
  return jwtVerify(proof, EmbeddedJWK, { typ: 'dpop+jwt' })
}
