import type { TestAlgorithm } from '@acme/auth-testing'
import { describe, expect, it } from 'vitest'
import { ALGORITHMS, IMPLEMENTATIONS, createSigner, signatureOf, verifies, withSignature } from './implementations.js'
import type { Signer } from './implementations.js'

const signers = new Map<TestAlgorithm, { own: Signer; other: Signer }>()
for (const algorithm of ALGORITHMS) {
  signers.set(algorithm, { own: await createSigner(algorithm), other: await createSigner(algorithm) })
}

function pair(algorithm: TestAlgorithm): { own: Signer; other: Signer } {
  const found = signers.get(algorithm)
  if (found === undefined) throw new Error(algorithm)
  return found
}

function segment(text: string): string {
  return Buffer.from(text).toString('base64url')
}

describe.each(IMPLEMENTATIONS)('%s', (_, implementation) => {
  describe.each(ALGORITHMS)('%s', (algorithm) => {
    const { own, other } = pair(algorithm)

    it('verifies', async () => {
      expect(await verifies(implementation, own, await own.sign())).toBe(true)
      expect(await verifies(implementation, other, await other.sign('valid', '{"a":"é🦊"}'))).toBe(true)
    })

    it('gives the key its algorithm', async () => {
      expect((await implementation.importKey(own.jwk, algorithm)).algorithm).toBe(algorithm)
    })

    it('does not verify with another key', async () => {
      expect(await verifies(implementation, other, await own.sign())).toBe(false)
    })

    it('does not verify the signature of another text', async () => {
      const [header = '', payload = '', signature = ''] = (await own.sign()).split('.')
      expect(await verifies(implementation, own, `${header}.${segment('{"a":1}')}.${signature}`)).toBe(false)
      const longer = segment(JSON.stringify({ alg: algorithm, kid: 'a' }))
      expect(await verifies(implementation, own, `${longer}.${payload}.${signature}`)).toBe(false)
    })

    it('does not verify with any one bit of a byte changed', async () => {
      const text = await own.sign()
      const signature = signatureOf(text)
      const places = [0, 1, signature.length >> 1, signature.length - 2, signature.length - 1]
      for (const [index, place] of places.entries()) {
        const changed = signature.map((byte, at) => (at === place ? byte ^ (1 << (index + 2)) : byte))
        expect(await verifies(implementation, own, withSignature(text, changed))).toBe(false)
      }
    })

    it.each([
      ['one byte', () => new Uint8Array(1)],
      ['zeros', (length: number) => new Uint8Array(length)],
      ['ones', (length: number) => new Uint8Array(length).fill(255)],
      ['half', (_length: number, valid: Uint8Array) => valid.subarray(0, valid.length >> 1)],
      ['less its first byte', (_length: number, valid: Uint8Array) => valid.subarray(1)],
      ['less its last byte', (_length: number, valid: Uint8Array) => valid.subarray(0, -1)],
      ['a zero before', (_length: number, valid: Uint8Array) => Uint8Array.from([0, ...valid])],
      ['a zero behind', (_length: number, valid: Uint8Array) => Uint8Array.from([...valid, 0])],
      ['twice', (_length: number, valid: Uint8Array) => Uint8Array.from([...valid, ...valid])],
      ['reversed', (_length: number, valid: Uint8Array) => valid.toReversed()],
      ['4096 bytes', () => new Uint8Array(4096).fill(7)],
    ])('does not verify a signature of %s', async (_name, change) => {
      const text = await own.sign()
      const valid = signatureOf(text)
      expect(await verifies(implementation, own, withSignature(text, change(valid.length, valid)))).toBe(false)
    })
  })

  describe('one key for another algorithm of its family', () => {
    it.each([
      ['RS256', 'RS512'],
      ['RS512', 'RS256'],
      ['RS256', 'PS256'],
      ['PS256', 'RS256'],
      ['PS256', 'PS384'],
      ['PS512', 'PS256'],
    ] as const)('a signature of %s is none of %s', async (made, claimed) => {
      const { own } = pair(made)
      const [, payload = ''] = (await own.sign()).split('.')
      const header = segment(JSON.stringify({ alg: claimed }))
      // Over the very text that is verified, so that nothing but the algorithm is wrong.
      const text = withSignature(`${header}.${payload}.`, await rawSignature(own, made, `${header}.${payload}`))
      expect(await verifies(implementation, own, text, claimed)).toBe(false)
    })

    it('EdDSA and Ed25519 are two names of one', async () => {
      const { own } = pair('EdDSA')
      const header = segment('{"alg":"Ed25519"}')
      const payload = segment('{}')
      const text = withSignature(`${header}.${payload}.`, await rawSignature(own, 'EdDSA', `${header}.${payload}`))
      expect(await verifies(implementation, own, text, 'Ed25519')).toBe(true)
    })
  })

  describe('Ed25519', () => {
    it.each([0, 1, 32, 63, 65, 114, 128])('of %d bytes does not verify', async (length) => {
      const { own } = pair('Ed25519')
      const text = await own.sign()
      const valid = signatureOf(text)
      const signature = Uint8Array.from({ length }, (_value, index) => valid[index] ?? 0)
      expect(await verifies(implementation, own, withSignature(text, signature))).toBe(false)
    })

    it('with S + L, the same number modulo the order, does not verify (RFC 8032 §5.1.7)', async () => {
      const { own } = pair('Ed25519')
      const text = await own.sign()
      const signature = Buffer.from(signatureOf(text))
      const order = 2n ** 252n + 27742317777372353535851937790883648493n
      const s = BigInt(`0x${Buffer.from(signature.subarray(32)).reverse().toString('hex')}`) + order
      Buffer.from(s.toString(16).padStart(64, '0'), 'hex').reverse().copy(signature, 32)
      expect(await verifies(implementation, own, withSignature(text, signature))).toBe(false)
    })
  })

  describe('importKey', () => {
    const ec = pair('ES256').own.jwk
    const flip = (text: string): string => (text.startsWith('A') ? `B${text.slice(1)}` : `A${text.slice(1)}`)
    const { x, y } = ec.kty === 'EC' ? ec : { x: '', y: '' }

    it.each([
      ['off its curve', { ...ec, y: flip(y) }, 'ES256'],
      ['with its coordinates swapped', { ...ec, x: y, y: x }, 'ES256'],
      ['at 0,0', { ...ec, x: 'A'.repeat(43), y: 'A'.repeat(43) }, 'ES256'],
      ['with the field size', { ...ec, x: '_'.repeat(43), y: '_'.repeat(43) }, 'ES256'],
      ['with the coordinates of P-256 on P-384', { ...ec, crv: 'P-384' }, 'ES384'],
      ['on an unknown curve', { ...ec, crv: 'P-257' }, 'ES256'],
      ['Ed25519 of 31 bytes', { kty: 'OKP', crv: 'Ed25519', x: 'A'.repeat(42) }, 'EdDSA'],
      ['Ed25519 of 33 bytes', { kty: 'OKP', crv: 'Ed25519', x: 'A'.repeat(44) }, 'EdDSA'],
    ] as const)('refuses a point %s', async (_name, jwk, algorithm) => {
      // One throws, the other rejects.
      await expect(async () => implementation.importKey(jwk, algorithm)).rejects.toThrow()
    })
  })
})

/** A signature as the key makes it, over any text. */
async function rawSignature(
  { key }: Signer,
  algorithm: 'RS256' | 'RS512' | 'PS256' | 'PS512' | 'EdDSA',
  text: string,
): Promise<Uint8Array> {
  const parameters = { name: key.privateKey.algorithm.name, saltLength: Number(algorithm.slice(2)) / 8 || 0 }
  return new Uint8Array(await crypto.subtle.sign(parameters, key.privateKey, Buffer.from(text)))
}
