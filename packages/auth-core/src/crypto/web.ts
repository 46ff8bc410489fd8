import { compactVerify } from 'jose/jws/compact/verify'
import { importJWK } from 'jose/key/import'
import { JWSSignatureVerificationFailed } from 'jose/errors'

/** A public key, ready to verify with one algorithm. */
export type VerificationKey = CryptoKey

/** Imports a public key. Rejects when it is not one, such as a point off its curve. */
export async function importKey(
  jwk: { readonly kty: string; readonly [member: string]: string },
  algorithm: string,
): Promise<VerificationKey> {
  const key = await importJWK({ ...jwk }, algorithm)
  if (key instanceof Uint8Array) throw new TypeError('a symmetric key')
  return key
}

/** Whether a compact JWS is signed with the key and the algorithm. The algorithm is the verifier's choice. */
export async function verifySignature(text: string, key: VerificationKey, algorithm: string): Promise<boolean> {
  try {
    await compactVerify(text, key, { algorithms: [algorithm] })
    return true
  } catch (error) {
    if (error instanceof JWSSignatureVerificationFailed) return false
    throw error
  }
}

const encoder = new TextEncoder()

/** SHA-256 of a text's UTF-8 bytes, in base64url. */
export async function sha256(text: string): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', encoder.encode(text)))
  return btoa(String.fromCharCode(...digest))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '')
}
