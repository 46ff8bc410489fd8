import { base64url, isBase64Url } from './base64url.js'
import { signatureLength } from './signature-length.js'
import type { PublicJwk, SignedText, VerificationKey } from './types.js'

// The implementation for every runtime but Node: WebCrypto.

interface WebKey extends VerificationKey {
  readonly key: CryptoKey
  readonly parameters: WebParameters
}

/** What WebCrypto calls an algorithm: for importing a key and for verifying, each of which ignores what it does not need. */
interface WebParameters {
  readonly name: string
  readonly hash: string
  readonly saltLength: number
  readonly namedCurve: string
}

const FAMILIES: Readonly<Record<string, string | undefined>> = {
  RS: 'RSASSA-PKCS1-v1_5', // RFC 7518 §3.3
  PS: 'RSA-PSS', // RFC 7518 §3.5
  ES: 'ECDSA', // RFC 7518 §3.4
  Ed: 'Ed25519', // RFC 8037 §3.1, RFC 9864 §2.2
}

function webParameters(algorithm: string, jwk: PublicJwk): WebParameters {
  const name = FAMILIES[algorithm.slice(0, 2)] ?? algorithm
  const bits = algorithm.slice(2)
  // RFC 7518 §3.5: the salt is as long as the hash.
  return { name, hash: `SHA-${bits}`, saltLength: Number(bits) / 8, namedCurve: jwk.kty === 'EC' ? jwk.crv : '' }
}

/** Rejects for what is no public key, such as a point off its curve. */
export async function importKey(jwk: PublicJwk, algorithm: string): Promise<VerificationKey> {
  const parameters = webParameters(algorithm, jwk)
  const key = await crypto.subtle.importKey('jwk', { ...jwk }, parameters, false, ['verify'])
  const imported: WebKey = { algorithm, key, parameters }
  return imported
}

/** Whether a compact JWS is signed with the key and its algorithm, which is the verifier's choice. */
export async function verifySignature(signed: SignedText, verificationKey: VerificationKey): Promise<boolean> {
  const { key, algorithm, parameters } = verificationKey as WebKey // made by importKey
  const { modulusLength } = key.algorithm as { modulusLength?: number } // of RSA keys only
  const signature = bytesOf(signed.signatureText)
  if (signature.length !== signatureLength(algorithm, modulusLength)) return false
  try {
    return await crypto.subtle.verify(parameters, key, signature, encoder.encode(signed.signingInput))
  } catch (error) {
    // What some runtimes answer to a signature that is none, such as one of zeros.
    if (error instanceof DOMException && error.name === 'OperationError') return false
    throw error
  }
}

const encoder = new TextEncoder()

/** SHA-256 of bytes, or of a text's UTF-8 bytes, in base64url. */
export async function sha256(data: string | Uint8Array): Promise<string> {
  const bytes = typeof data === 'string' ? encoder.encode(data) : new Uint8Array(data)
  return base64url(new Uint8Array(await crypto.subtle.digest('SHA-256', bytes)))
}

const HMAC = { name: 'HMAC', hash: 'SHA-256' }

/** HMAC-SHA-256 of a text, in base64url. */
export async function hmacSha256(secret: string, text: string): Promise<string> {
  const key = await crypto.subtle.importKey('raw', encoder.encode(secret), HMAC, false, ['sign'])
  return base64url(new Uint8Array(await crypto.subtle.sign('HMAC', key, encoder.encode(text))))
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

export { isBase64Url } from './base64url.js'

/**
 * The text that is encoded, or undefined when it is not strict UTF-8, or not base64url in canonical form (RFC 7515 §2,
 * RFC 4648 §3.5).
 */
export function decodeText(text: string): string | undefined {
  if (!isBase64Url(text)) return undefined
  try {
    return utf8.decode(bytesOf(text))
  } catch {
    return undefined
  }
}

function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'))
  return Uint8Array.from(binary, (character) => character.charCodeAt(0))
}
