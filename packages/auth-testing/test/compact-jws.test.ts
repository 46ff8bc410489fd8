import { createPublicKey, verify } from 'node:crypto'

import { compactVerify } from 'jose'
import { describe, expect, it } from 'vitest'

import { base64url, compactJws, createTestKey } from '../src/index.js'
import { segment, verifies } from './verify.js'

const rsa = await createTestKey('RS256')
const ec = await createTestKey('ES256')
const secret = new TextEncoder().encode('a secret of thirty-two bytes ...')

describe('compactJws', () => {
  it('signs strings and bytes as they are', async () => {
    const header = '{ "alg":"RS256", "alg":"RS256" }'
    const payload = new Uint8Array([0xff, 0x00, 0xfe])
    const jws = await compactJws({ header, payload, key: rsa })
    expect(segment(jws, 0)).toBe(header)
    expect(jws.split('.')[1]).toBe('_wD-')
    expect(await verifies(jws, rsa)).toBe(true)
  })

  it('leaves the header alone: a wrong alg stays wrong', async () => {
    const jws = await compactJws({ header: { alg: 'PS256', crit: ['x'] }, payload: {}, key: rsa })
    expect(JSON.parse(segment(jws, 0))).toEqual({ alg: 'PS256', crit: ['x'] })
  })

  it('signs with the key that is given, not with the one that is named', async () => {
    const jws = await compactJws({ header: { alg: 'ES256', kid: rsa.kid }, payload: {}, key: ec })
    expect(await verifies(jws, ec)).toBe(true)
    expect(await verifies(jws, await createTestKey('ES256'))).toBe(false)
  })

  it.each(['HS256', 'HS384', 'HS512'])('signs with a secret: %s', async (alg) => {
    const long = new Uint8Array([...secret, ...secret])
    const jws = await compactJws({ header: { alg }, payload: 'x', key: { alg, secret: long } })
    await expect(compactVerify(jws, long)).resolves.toBeDefined()
  })

  it('refuses a secret with another algorithm', async () => {
    const jws = compactJws({ header: {}, payload: {}, key: { alg: 'RS256', secret } })
    await expect(jws).rejects.toThrow(new TypeError('RS256 takes no secret'))
  })
})

describe('signature', () => {
  it('none is empty', async () => {
    expect(await compactJws({ header: {}, payload: {}, key: rsa, signature: 'none' })).toBe('e30.e30.')
  })

  it('bytes are taken as they are', async () => {
    const signature = new Uint8Array([1, 2, 3])
    expect(await compactJws({ header: {}, payload: {}, key: rsa, signature })).toBe('e30.e30.AQID')
  })

  it('flipped differs in one bit', async () => {
    const options = { header: { alg: 'RS256' }, payload: {}, key: rsa }
    const [good, bad] = [await compactJws(options), await compactJws({ ...options, signature: 'flipped' })]
    expect(differingBits(good, bad)).toBe(1)
    expect(await verifies(bad, rsa)).toBe(false)
  })

  it.each(['ES256', 'ES384', 'ES512'] as const)('der is right but for its form: %s', async (alg) => {
    const key = await createTestKey(alg)
    const publicKey = createPublicKey({ key: key.publicJwk, format: 'jwk' })
    // Many, so that leading zeros and leading ones both come up.
    for (let round = 0; round < 64; round++) {
      const jws = await compactJws({ header: { alg }, payload: { round }, key, signature: 'der' })
      const [input, signature] = splitSignature(jws)
      expect(verify(`sha${alg === 'ES512' ? '512' : alg.slice(2)}`, input, publicKey, signature)).toBe(true)
    }
    const jws = await compactJws({ header: { alg }, payload: {}, key, signature: 'der' })
    expect(await verifies(jws, key)).toBe(false)
  })

  it('der is refused without an ECDSA key', async () => {
    const jws = compactJws({ header: {}, payload: {}, key: rsa, signature: 'der' })
    await expect(jws).rejects.toThrow(new TypeError('RS256 has no DER form'))
  })
})

describe('base64url', () => {
  it('has no padding and no foreign characters', () => {
    expect(base64url(new Uint8Array([0xfb, 0xff]))).toBe('-_8')
    expect(base64url('é')).toBe('w6k')
    expect(base64url('')).toBe('')
  })
})

function splitSignature(jws: string): [Buffer, Buffer] {
  const end = jws.lastIndexOf('.')
  return [Buffer.from(jws.slice(0, end)), Buffer.from(jws.slice(end + 1), 'base64url')]
}

function differingBits(one: string, other: string): number {
  const [[inputA, a], [inputB, b]] = [splitSignature(one), splitSignature(other)]
  expect(inputA).toEqual(inputB)
  return a.reduce((sum, byte, index) => sum + bitCount(byte ^ (b[index] ?? 0)), 0)
}

function bitCount(byte: number): number {
  return [...byte.toString(2)].filter((bit) => bit === '1').length
}
