import { constants, sign } from 'node:crypto'
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

const rs256 = await createSigner('RS256')
const ps256 = await createSigner('PS256')
const ps512 = await createSigner('PS512')
const zeroFirst = await signatureWhere(rs256, ([first]) => first === 0)

function pss(signer: Signer, text: string, saltLength: number, digest = signer.key.alg.replace('PS', 'sha')): string {
  const signingInput = Buffer.from(text.slice(0, text.lastIndexOf('.')))
  const key = { key: signer.privateKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength }
  return withSignature(text, sign(digest, signingInput, key))
}

function pkcs1(signer: Signer, text: string, digest: string): string {
  return withSignature(text, sign(digest, Buffer.from(text.slice(0, text.lastIndexOf('.'))), signer.privateKey))
}

describe.each(IMPLEMENTATIONS)('%s', (_, implementation) => {
  describe('RSA-PSS (RFC 7518 §3.5)', () => {
    it('takes a salt as long as the hash', async () => {
      expect(await verifies(implementation, ps256, pss(ps256, await ps256.sign(), 32))).toBe(true)
      expect(await verifies(implementation, ps512, pss(ps512, await ps512.sign(), 64))).toBe(true)
    })

    it.each([0, 1, 20, 31, 33, 48, 64, 222])('takes no salt of %d bytes for PS256', async (saltLength) => {
      expect(await verifies(implementation, ps256, pss(ps256, await ps256.sign(), saltLength))).toBe(false)
    })

    it.each([0, 32, 63, 65, 190])('takes no salt of %d bytes for PS512', async (saltLength) => {
      expect(await verifies(implementation, ps512, pss(ps512, await ps512.sign(), saltLength))).toBe(false)
    })

    it.each(['sha1', 'sha384', 'sha512'])('takes no %s for PS256', async (digest) => {
      expect(await verifies(implementation, ps256, pss(ps256, await ps256.sign(), 32, digest))).toBe(false)
    })

    it('takes no PKCS #1 v1.5 signature', async () => {
      expect(await verifies(implementation, ps256, pkcs1(ps256, await ps256.sign(), 'sha256'))).toBe(false)
    })
  })

  describe('PKCS #1 v1.5 (RFC 7518 §3.3)', () => {
    it('takes no RSA-PSS signature', async () => {
      expect(await verifies(implementation, rs256, pss(rs256, await rs256.sign(), 32, 'sha256'))).toBe(false)
    })

    it.each(['sha1', 'sha224', 'sha384', 'sha512', 'md5'])('takes no %s for RS256', async (digest) => {
      expect(await verifies(implementation, rs256, pkcs1(rs256, await rs256.sign(), digest))).toBe(false)
    })

    it('takes a signature that begins with a zero byte', async () => {
      expect(await verifies(implementation, rs256, zeroFirst)).toBe(true)
    })

    it('takes none less its leading zero byte, though it is the same number', async () => {
      expect(await verifies(implementation, rs256, withSignature(zeroFirst, signatureOf(zeroFirst).subarray(1)))).toBe(
        false,
      )
    })

    it('takes none plus the modulus, the same number modulo n (RFC 8017 §5.2.2)', async () => {
      const { jwk } = rs256
      const modulus = BigInt(`0x${Buffer.from(jwk.kty === 'RSA' ? jwk.n : '', 'base64url').toString('hex')}`)
      const number = BigInt(`0x${Buffer.from(signatureOf(zeroFirst)).toString('hex')}`) + modulus
      const bytes = Buffer.from(number.toString(16).padStart(512, '0'), 'hex')
      expect(await verifies(implementation, rs256, withSignature(zeroFirst, bytes))).toBe(false)
    })

    it.each([0, 1])('takes no signature that is the number %d', async (number) => {
      const bytes = Buffer.alloc(256)
      bytes[255] = number
      expect(await verifies(implementation, rs256, withSignature(await rs256.sign(), bytes))).toBe(false)
    })

    it('takes no bare hash, without its DigestInfo', async () => {
      const text = await rs256.sign()
      const hash = new Uint8Array(
        await crypto.subtle.digest('SHA-256', Buffer.from(text.slice(0, text.lastIndexOf('.')))),
      )
      const bare = sign(undefined, hash, { key: rs256.privateKey, padding: constants.RSA_PKCS1_PADDING })
      expect(await verifies(implementation, rs256, withSignature(text, bare))).toBe(false)
    })
  })
})
