import { KeyObject } from 'node:crypto'
import { compactJws, createTestKey } from '@acme/auth-testing'
import type { TestAlgorithm, TestKey, TestSignature } from '@acme/auth-testing'
import * as node from '../../src/crypto/node.js'
import type { PublicJwk, SignatureScheduling, SignedText } from '../../src/crypto/types.js'
import type { VerificationKey } from '../../src/crypto/types.js'
import * as web from '../../src/crypto/web.js'
import type { MaybePromise } from '../../src/util/maybe-promise.js'
import { publicKey } from '../../src/crypto/json-web-key.js'

/** What `#crypto` is, on whatever runtime. */
export interface Implementation {
  importKey(jwk: PublicJwk, algorithm: string): MaybePromise<VerificationKey>
  verifySignature(signed: SignedText, key: VerificationKey, scheduling?: SignatureScheduling): MaybePromise<boolean>
  sha256(text: string): MaybePromise<string>
  hmacSha256(secret: string, text: string): MaybePromise<string>
  decodeText(text: string): string | undefined
}

export const IMPLEMENTATIONS: readonly (readonly [string, Implementation])[] = [
  ['node', node],
  ['web', web],
]

export const ALGORITHMS: readonly TestAlgorithm[] = [
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

/** The members that define a key. */
export function publicJwk({ publicJwk: jwk }: TestKey): PublicJwk {
  const checked = publicKey({ ...jwk })
  if ('problem' in checked) throw new Error(checked.problem)
  return checked.key
}

/** A compact JWS, or what is nearly one, taken apart without any check. */
export function signedText(text: string): SignedText {
  const lastDot = text.lastIndexOf('.')
  return {
    text,
    signingInput: text.slice(0, lastDot),
    signatureText: text.slice(lastDot + 1),
  }
}

/** A key pair with ways to sign, rightly and wrongly. */
export interface Signer {
  readonly key: TestKey
  readonly jwk: PublicJwk
  /** Of Node's own, for signatures that WebCrypto does not make. */
  readonly privateKey: KeyObject
  /** A compact JWS with that signature; `payload` makes texts, and so signatures, differ. */
  sign(signature?: TestSignature, payload?: string): Promise<string>
}

export async function createSigner(algorithm: TestAlgorithm): Promise<Signer> {
  const key = await createTestKey(algorithm)
  return {
    key,
    jwk: publicJwk(key),
    privateKey: KeyObject.from(key.privateKey),
    sign: (signature = 'valid', payload = '{}') => compactJws({ header: { alg: algorithm }, payload, key, signature }),
  }
}

/** The bytes of a JWS's signature. */
export function signatureOf(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(signedText(text).signatureText, 'base64url'))
}

/** The JWS with other bytes for its signature. */
export function withSignature(text: string, signature: Uint8Array): string {
  return `${text.slice(0, text.lastIndexOf('.') + 1)}${Buffer.from(signature).toString('base64url')}`
}

/** Whether a JWS verifies; what throws fails the test. */
export async function verifies(
  implementation: Implementation,
  { jwk, key }: Pick<Signer, 'jwk' | 'key'>,
  text: string,
  algorithm: string = key.alg,
): Promise<boolean> {
  const imported = await implementation.importKey(jwk, algorithm)
  return implementation.verifySignature(signedText(text), imported)
}

/** A signature with a property that only some have, such as a leading zero. */
export async function signatureWhere(signer: Signer, has: (signature: Uint8Array) => boolean): Promise<string> {
  for (let i = 0; i < 20_000; i++) {
    const text = await signer.sign('valid', `{"i":${i}}`)
    if (has(signatureOf(text))) return text
  }
  throw new Error('no such signature')
}
