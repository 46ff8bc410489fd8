import { createHash } from 'node:crypto'
import { compactJws, createTestKey } from '@acme/auth-testing'
import type { TestAlgorithm } from '@acme/auth-testing'
import { describe, expect, it } from 'vitest'
import { importKey, sha256, verifySignature } from '../../src/crypto/web.js'
import { publicKey } from '../../src/issuer/json-web-key.js'
import type { PublicJwk } from '../../src/issuer/json-web-key.js'

function publicJwk(jwk: object): PublicJwk {
  const checked = publicKey({ ...jwk })
  if ('problem' in checked) throw new Error(checked.problem)
  return checked.key
}

const ALGORITHMS: readonly TestAlgorithm[] = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
]

describe.each(ALGORITHMS)('%s', async (alg) => {
  const own = await createTestKey(alg)
  const key = await importKey(publicJwk(own.publicJwk), alg)
  const sign = (signature: 'valid' | 'flipped' | Uint8Array): Promise<string> =>
    compactJws({ header: { alg }, payload: {}, key: own, signature })

  it('verifies', async () => {
    expect(await verifySignature(await sign('valid'), key, alg)).toBe(true)
  })

  it.each(['flipped', new Uint8Array(1), new Uint8Array(512)] as const)('does not verify %o', async (signature) => {
    expect(await verifySignature(await sign(signature), key, alg)).toBe(false)
  })

  it('does not verify another text', async () => {
    const [header = '', , signature = ''] = (await sign('valid')).split('.')
    expect(
      await verifySignature(`${header}.${Buffer.from('{"a":1}').toString('base64url')}.${signature}`, key, alg),
    ).toBe(false)
  })

  it('does not verify with another key', async () => {
    const other = await importKey(publicJwk((await createTestKey(alg)).publicJwk), alg)
    expect(await verifySignature(await sign('valid'), other, alg)).toBe(false)
  })
})

describe('ECDSA', () => {
  it('takes no DER, and no 0,0', async () => {
    const own = await createTestKey('ES256')
    const key = await importKey(publicJwk(own.publicJwk), 'ES256')
    for (const signature of ['der', new Uint8Array(64)] as const) {
      expect(
        await verifySignature(
          await compactJws({ header: { alg: 'ES256' }, payload: {}, key: own, signature }),
          key,
          'ES256',
        ),
      ).toBe(false)
    }
  })
})

describe('sha256', () => {
  it.each(['', 'abc', 'é🦊', 'x'.repeat(16_384)])('%s', async (text) => {
    expect(await sha256(text)).toBe(createHash('sha256').update(text).digest('base64url'))
  })
})
