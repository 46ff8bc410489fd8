import { sign } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import {
  IMPLEMENTATIONS,
  createSigner,
  signatureOf,
  signatureWhere,
  verifies,
  withSignature,
} from './implementations.js'
import type { Signer } from './implementations.js'

interface Curve {
  readonly algorithm: 'ES256' | 'ES384' | 'ES512'
  /** Bytes of r, and of s. */
  readonly size: number
  readonly order: bigint
}

// SEC 2 §2.4.2, §2.5.1, §2.6.1.
const CURVES: readonly Curve[] = [
  {
    algorithm: 'ES256',
    size: 32,
    order: 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n,
  },
  {
    algorithm: 'ES384',
    size: 48,
    order: 0xffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973n,
  },
  {
    algorithm: 'ES512',
    size: 66,
    order: BigInt(
      '0x01fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffa' +
        '51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409',
    ),
  },
]

function number(bytes: Uint8Array): bigint {
  return BigInt(`0x${Buffer.from(bytes).toString('hex')}`)
}

function bytes(value: bigint, size: number): Buffer {
  return Buffer.from(value.toString(16).padStart(size * 2, '0'), 'hex')
}

describe.each(CURVES)('$algorithm', async ({ algorithm, size, order }) => {
  const signer: Signer = await createSigner(algorithm)
  const text = await signer.sign()
  const [r, s] = [number(signatureOf(text).subarray(0, size)), number(signatureOf(text).subarray(size))]
  const raw = (first: bigint, second: bigint): string =>
    withSignature(text, Buffer.concat([bytes(first, size), bytes(second, size)]))
  // Without a zero first byte there is nothing to strip, nor to pad.
  const zeroR = await signatureWhere(
    signer,
    (signature) => (signature[0] === 0 && signature[1] === 0) || (size < 66 && signature[0] === 0),
  )
  const zeroS = await signatureWhere(
    signer,
    (signature) => signature[size] === 0 && (size < 66 || signature[size + 1] === 0),
  )
  const der = (): Buffer =>
    sign(algorithm.replace('ES', 'sha'), Buffer.from(text.slice(0, text.lastIndexOf('.'))), signer.privateKey)

  describe.each(IMPLEMENTATIONS)('%s', (_, implementation) => {
    const accepts = (jws: string): Promise<boolean> => verifies(implementation, signer, jws)

    it('takes r and s as they are', async () => {
      expect(await accepts(raw(r, s))).toBe(true)
    })

    it('takes s and n - s: ECDSA is malleable, and no text is an identity', async () => {
      expect([await accepts(raw(r, order - s)), await accepts(raw(r, s))]).toEqual([true, true])
    })

    it('takes an r, and an s, that begins with a zero byte', async () => {
      expect([await accepts(zeroR), await accepts(zeroS)]).toEqual([true, true])
    })

    it('takes twenty signatures in a row, of any high bits', async () => {
      for (let i = 0; i < 20; i++) expect(await accepts(await signer.sign('valid', `{"i":${i}}`))).toBe(true)
    })

    it.each([
      ['0, 0', 0n, 0n],
      ['0, s', 0n, s],
      ['r, 0', r, 0n],
      ['n, s', order, s],
      ['r, n', r, order],
      ['n, n', order, order],
      ['1, 1', 1n, 1n],
      ['n - r, s', order - r, s],
      ['s, r', s, r],
      ['r + 1, s', r + 1n, s],
      ['r, s + 1', r, s + 1n],
      ['the greatest numbers', 2n ** BigInt(size * 8) - 1n, 2n ** BigInt(size * 8) - 1n],
    ])('takes no %s', async (_name, first, second) => {
      expect(await accepts(raw(first, second))).toBe(false)
    })

    it('takes no r + n, nor s + n, where they fit', async () => {
      const fits = (value: bigint): boolean => value < 2n ** BigInt(size * 8)
      for (const [first, second] of [
        [r + order, s],
        [r, s + order],
      ] as const) {
        if (fits(first) && fits(second)) expect(await accepts(raw(first, second))).toBe(false)
      }
    })

    it('takes no DER', async () => {
      expect(await accepts(withSignature(text, der()))).toBe(false)
      expect(await accepts(await signer.sign('der'))).toBe(false)
    })

    it('takes no DER that is cut or filled to the length of r and s', async () => {
      const filled = Buffer.alloc(size * 2)
      der().copy(filled)
      expect(await accepts(withSignature(text, filled))).toBe(false)
      const [before, after] = [Buffer.alloc(size * 2), der()]
      after.copy(before, Math.max(0, size * 2 - after.length))
      expect(await accepts(withSignature(text, before))).toBe(false)
    })

    it.each([
      ['r less its leading zero', () => withSignature(zeroR, signatureOf(zeroR).subarray(1))],
      [
        's less its leading zero',
        () => {
          const signature = signatureOf(zeroS)
          return withSignature(zeroS, Buffer.concat([signature.subarray(0, size), signature.subarray(size + 1)]))
        },
      ],
      [
        'r and s with a leading zero each',
        () => withSignature(text, Buffer.concat([bytes(r, size + 1), bytes(s, size + 1)])),
      ],
      ['r alone', () => withSignature(text, bytes(r, size))],
      ['r, s and r', () => withSignature(text, Buffer.concat([bytes(r, size), bytes(s, size), bytes(r, size)]))],
      ['r and s in little-endian', () => raw(number(bytes(r, size).reverse()), number(bytes(s, size).reverse()))],
    ])('takes no %s', async (_name, make) => {
      expect(await accepts(make())).toBe(false)
    })
  })
})

describe.each(IMPLEMENTATIONS)('%s', (_, implementation) => {
  it.each([
    ['ES256', 'ES384'],
    ['ES384', 'ES256'],
    ['ES256', 'ES512'],
    ['ES512', 'ES384'],
  ] as const)('takes no key of %s for %s', async (own, claimed) => {
    const signer = await createSigner(own)
    const header = Buffer.from(JSON.stringify({ alg: claimed })).toString('base64url')
    const signingInput = `${header}.${Buffer.from('{}').toString('base64url')}`
    const signature = sign(claimed.replace('ES', 'sha'), Buffer.from(signingInput), {
      key: signer.privateKey,
      dsaEncoding: 'ieee-p1363',
    })
    const text = withSignature(`${signingInput}.`, signature)
    const accepted = await verifies(implementation, signer, text, claimed).catch(() => false)
    expect(accepted).toBe(false)
  })
})
