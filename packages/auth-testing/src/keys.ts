import type { webcrypto } from 'node:crypto'

import type { JWK } from 'jose'
import { calculateJwkThumbprint } from 'jose/jwk/thumbprint'
import { exportJWK } from 'jose/key/export'

import { ALGORITHMS, type TestAlgorithm } from './algorithms.js'

/** A private key and what the world may know of it. */
export interface TestKey {
  /** Key ID, RFC 7517 §4.5. */
  readonly kid: string
  /** The one algorithm that the key signs with. */
  readonly alg: TestAlgorithm
  /** Extractable. */
  readonly privateKey: webcrypto.CryptoKey
  /** The public key as an issuer publishes it: with `kid`, `alg` and `use: 'sig'`. */
  readonly publicJwk: JWK
  /** SHA-256 thumbprint, base64url, RFC 7638. What a DPoP-bound token carries as `cnf.jkt`. */
  readonly thumbprint: string
}

/** Options of {@link createTestKey}. */
export interface TestKeyOptions {
  /** Default: the key's thumbprint. */
  kid?: string
  /** RSA only, in bits. Default 2048; less makes a key that a verifier should refuse. */
  modulusLength?: number
}

/**
 * Makes a fresh key pair.
 *
 * @param alg default `'RS256'`. `EdDSA` and `Ed25519` make the same kind of key under two names.
 * @example
 * ```ts
 * import { createTestKey } from '@acme/auth-testing'
 *
 * const key = await createTestKey('ES256')
 * console.log(key.thumbprint)
 * ```
 */
export async function createTestKey(alg: TestAlgorithm = 'RS256', options: TestKeyOptions = {}): Promise<TestKey> {
  const { privateKey, publicKey } = await generate(alg, options.modulusLength ?? 2048)
  const members = await exportJWK(publicKey)
  const thumbprint = await calculateJwkThumbprint(members)
  const kid = options.kid ?? thumbprint
  return { kid, alg, privateKey, publicJwk: { ...members, kid, alg, use: 'sig' }, thumbprint }
}

// WebCrypto itself and not jose.generateKeyPair, which makes no RSA key below 2048 bits.
async function generate(alg: TestAlgorithm, modulusLength: number): Promise<webcrypto.CryptoKeyPair> {
  const parameters = { ...ALGORITHMS[alg].generate, modulusLength }
  const pair = await crypto.subtle.generateKey(parameters, true, ['sign', 'verify'])
  if (!('privateKey' in pair)) throw new TypeError(`${alg} is not an asymmetric algorithm`)
  return pair
}
