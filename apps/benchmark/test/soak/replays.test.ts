import { createProof, createTestKey } from '@acme/auth-testing'
import { describe, expect, test } from 'vitest'

import { createHeldProofs } from '../../src/soak/held-proofs.js'
import type { HeldProof } from '../../src/soak/held-proofs.js'
import { DISGUISES, expectedOfReplay, lifeOf, twinOf } from '../../src/soak/replays.js'
import { server } from './fake-server.js'

const key = await createTestKey('ES256')
const url = 'http://localhost:1/api/resource/A'

async function held(changes: Partial<HeldProof> = {}): Promise<HeldProof> {
  const proof = await createProof({ key, url, method: 'DELETE' })
  const life = { goodUntil: 100, goneAfter: 101 }
  return { server: server(1), method: 'DELETE', path: '/api/resource/A', token: 'T', proof, ...life, ...changes }
}

describe('a twin signature', () => {
  test('is another one, and as valid', async () => {
    const proof = await createProof({ key, url })
    const twin = twinOf(proof)
    expect(twin).not.toBe(proof)
    expect(twinOf(twin)).toBe(proof)
    const [header, payload, signature] = twin.split('.')
    const publicKey = await crypto.subtle.importKey(
      'jwk',
      { ...key.publicJwk, kty: 'EC' },
      { name: 'ECDSA', namedCurve: 'P-256' },
      false,
      ['verify'],
    )
    const bytes = Buffer.from(signature ?? '', 'base64url')
    const valid = crypto.subtle.verify(
      { name: 'ECDSA', hash: 'SHA-256' },
      publicKey,
      bytes,
      Buffer.from(`${header}.${payload}`),
    )
    expect(await valid).toBe(true)
  })
})

describe('a disguise', () => {
  test('is another request that says the same', async () => {
    const proof = await held()
    const plain = DISGUISES['as it was'](proof)
    expect(plain.headers).toEqual({ authorization: 'DPoP T', dpop: proof.proof })
    expect(DISGUISES['escaped path'](proof).path).toBe('/api/resource/%41')
    expect(DISGUISES['other query'](proof).path).toMatch(/^\/api\/resource\/A\?again=/)
    expect(DISGUISES['other host case'](proof).headers).toMatchObject({ host: 'LocalHost:1', dpop: proof.proof })
    expect(DISGUISES['other scheme case'](proof).headers['authorization']).toBe('dpop T')
    expect(DISGUISES['twin signature'](proof).headers['dpop']).toBe(twinOf(proof.proof))
  })

  test('leaves the fixed parts of a path alone', async () => {
    const proof = await held({ method: 'GET', path: '/api/private' })
    expect(DISGUISES['escaped path'](proof).path).toBe('/api/private')
  })
})

describe('a replay', () => {
  const life = { goodUntil: 100, goneAfter: 101 }

  test('must be known as one while its proof would be good', () => {
    expect(expectedOfReplay(life, 99, 100)).toEqual(['400 DPOP_6012'])
  })

  test('must be too old afterwards', () => {
    expect(expectedOfReplay(life, 101.1, 101.2)).toEqual(['401 DPOP_6013', '401 DPOP_6014'])
  })

  test.each([
    [99, 100.1],
    [101, 101.1],
    [99, 102],
  ])('may be either in between, and is never accepted: %d to %d', (sent, answered) => {
    expect(expectedOfReplay(life, sent, answered)).toEqual(['400 DPOP_6012', '401 DPOP_6013', '401 DPOP_6014'])
  })

  test('goes by iat, or by the nonce where there is one', async () => {
    const dated = lifeOf(await createProof({ key, url, now: 1000 }), 1200)
    expect(dated.goodUntil).toBeCloseTo(1330, 0)
    expect(dated.goneAfter).toBeGreaterThan(1330)
    const nonced = lifeOf(await createProof({ key, url, now: 1000, nonce: 'n' }), 5000)
    expect(nonced.goodUntil).toBe(5100)
    expect(nonced.goneAfter).toBeGreaterThan(5300)
  })
})

describe('held proofs', () => {
  test('are handed out once each, when they are due', async () => {
    const proofs = createHeldProofs(10, 1000)
    const [first, second] = [await held(), await held()]
    proofs.hold(second, 1002)
    proofs.hold(first, 1001)
    expect(proofs.takeDue(1000.9)).toBeUndefined()
    expect(proofs.takeDue(1001)).toBe(first)
    expect(proofs.takeDue(1001)).toBeUndefined()
    expect(proofs.takeDue(1005)).toBe(second)
    expect(proofs.takeDue(1005)).toBeUndefined()
    expect(proofs.size).toBe(0)
  })

  test('are due at once when they come late', async () => {
    const proofs = createHeldProofs(10, 1000)
    expect(proofs.takeDue(1010)).toBeUndefined()
    const late = await held()
    proofs.hold(late, 1001)
    expect(proofs.takeDue(1010.1)).toBe(late)
  })

  test('are limited', async () => {
    const proofs = createHeldProofs(1, 1000)
    const [first, second] = [await held(), await held()]
    proofs.hold(first, 1001)
    proofs.hold(second, 1001)
    expect(proofs.size).toBe(1)
    expect(proofs.takeDue(1002)).toBe(first)
    expect(proofs.takeDue(1002)).toBeUndefined()
    proofs.hold(second, 1003)
    expect(proofs.takeDue(1003)).toBe(second)
  })
})
