import { compactVerify } from 'jose/jws/compact/verify'
import { importJWK } from 'jose/key/import'
import { JWSSignatureVerificationFailed } from 'jose/errors'

import { isBase64Url } from './base64url.js'
import { signatureLength } from './signature-length.js'
import type { PublicJwk, SignedText, VerificationKey } from './types.js'

// The implementation for every runtime but Node: WebCrypto, through jose.

interface WebKey extends VerificationKey {
  readonly key: CryptoKey
}

/** Rejects for what is no public key, such as a point off its curve. */
export async function importKey(jwk: PublicJwk, algorithm: string): Promise<VerificationKey> {
  const key = await importJWK({ ...jwk }, algorithm)
  if (key instanceof Uint8Array) throw new TypeError('a symmetric key')
  const imported: WebKey = { algorithm, key }
  return imported
}

/** Whether a compact JWS is signed with the key and its algorithm, which is the verifier's choice. */
export async function verifySignature(signed: SignedText, verificationKey: VerificationKey): Promise<boolean> {
  const { key, algorithm } = verificationKey as WebKey // made by importKey
  const { modulusLength } = key.algorithm as { modulusLength?: number } // of RSA keys only
  // Canonical base64url of n bytes has ⌈4n/3⌉ characters.
  if (signed.signatureText.length !== Math.ceil((signatureLength(algorithm, modulusLength) * 4) / 3)) return false
  try {
    await compactVerify(signed.text, key, { algorithms: [algorithm] })
    return true
  } catch (error) {
    if (error instanceof JWSSignatureVerificationFailed) return false
    throw error
  }
}

const encoder = new TextEncoder()

/** SHA-256 of a text's UTF-8 bytes, in base64url. */
export async function sha256(text: string): Promise<string> {
  return base64url(await crypto.subtle.digest('SHA-256', encoder.encode(text)))
}

const HMAC = { name: 'HMAC', hash: 'SHA-256' }

/** HMAC-SHA-256 of a text, in base64url. */
export async function hmacSha256(secret: string, text: string): Promise<string> {
  const key = await crypto.subtle.importKey('raw', encoder.encode(secret), HMAC, false, ['sign'])
  return base64url(await crypto.subtle.sign('HMAC', key, encoder.encode(text)))
}

function base64url(bytes: ArrayBuffer): string {
  return btoa(String.fromCharCode(...new Uint8Array(bytes)))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '')
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

export { isBase64Url } from './base64url.js'

/**
 * The text that is encoded, or undefined when it is not strict UTF-8, or not base64url in canonical form (RFC 7515 §2,
 * RFC 4648 §3.5).
 */
export function decodeText(text: string): string | undefined {
  if (!isBase64Url(text)) return undefined
  const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'))
  try {
    return utf8.decode(Uint8Array.from(binary, (c) => c.charCodeAt(0)))
  } catch {
    return undefined
  }
}
