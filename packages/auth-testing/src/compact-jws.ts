import { ALGORITHMS } from './algorithms.js'
import { ecdsaToDer } from './der.js'
import type { TestKey } from './keys.js'

/** One segment before base64url: an object becomes JSON, a string its UTF-8 bytes, bytes stay as they are. */
export type JwsPart = Record<string, unknown> | string | Uint8Array

/**
 * The third segment.
 * - `'valid'`: the right signature.
 * - `'none'`: empty, as in an unsecured JWS (RFC 7515 appendix A.5).
 * - `'flipped'`: the right signature with one bit changed.
 * - `'der'`: an ECDSA signature in ASN.1 DER in place of R and S side by side (RFC 7518 §3.4).
 * - bytes: these.
 */
export type TestSignature = 'valid' | 'none' | 'flipped' | 'der' | Uint8Array

/** A shared secret for HS256, HS384 or HS512: for tokens that a resource server must refuse. */
export interface TestSecret {
  alg: string
  secret: Uint8Array
}

/** Options of {@link compactJws}. */
export interface CompactJwsOptions {
  /** Goes out as it is: nothing is added, and `alg` may disagree with the key. */
  header: JwsPart
  payload: JwsPart
  /** Decides how the signature is made. */
  key: TestKey | TestSecret
  /** Default `'valid'`. */
  signature?: TestSignature
}

/**
 * Makes a compact JWS (RFC 7515 §7.1), right or wrong.
 *
 * Nothing is checked: whatever the header and payload are, they are signed.
 *
 * @throws TypeError for a secret with an algorithm other than HS256, HS384 or HS512, and for `'der'` without
 * an ECDSA key
 * @example
 * ```ts
 * import { compactJws, createTestKey } from '@acme/auth-testing'
 *
 * const key = await createTestKey('ES256')
 * const header = JSON.stringify({ alg: 'ES256', typ: 'JWT' })
 * const forged = await compactJws({ header, payload: '{"sub":"user-1"}', key, signature: 'flipped' })
 * console.log(forged)
 * ```
 */
export async function compactJws(options: CompactJwsOptions): Promise<string> {
  const signingInput = `${base64url(bytesOf(options.header))}.${base64url(bytesOf(options.payload))}`
  const signature = await signatureOf(signingInput, options.key, options.signature ?? 'valid')
  return `${signingInput}.${base64url(signature)}`
}

/**
 * Base64url without padding (RFC 7515 §2) of bytes, or of a string's UTF-8 bytes.
 * @example
 * ```ts
 * import { base64url } from '@acme/auth-testing'
 *
 * console.log(base64url('{"alg":"none"}')) // eyJhbGciOiJub25lIn0
 * ```
 */
export function base64url(data: string | Uint8Array): string {
  return Buffer.from(bytesOf(data)).toString('base64url')
}

function bytesOf(part: JwsPart): Uint8Array {
  if (part instanceof Uint8Array) return part
  return new TextEncoder().encode(typeof part === 'string' ? part : JSON.stringify(part))
}

async function signatureOf(
  signingInput: string,
  key: TestKey | TestSecret,
  signature: TestSignature,
): Promise<Uint8Array> {
  if (signature instanceof Uint8Array) return signature
  if (signature === 'none') return new Uint8Array()
  const valid = await sign(new TextEncoder().encode(signingInput), key)
  if (signature === 'flipped') return withOneBitChanged(valid)
  if (signature === 'valid') return valid
  if (!key.alg.startsWith('ES')) throw new TypeError(`${key.alg} has no DER form`)
  return ecdsaToDer(valid)
}

async function sign(data: Uint8Array<ArrayBuffer>, key: TestKey | TestSecret): Promise<Uint8Array> {
  if ('secret' in key) {
    const secret = await importSecret(key)
    return new Uint8Array(await crypto.subtle.sign('HMAC', secret, data))
  }
  return new Uint8Array(await crypto.subtle.sign(ALGORITHMS[key.alg].sign, key.privateKey, data))
}

function importSecret({ alg, secret }: TestSecret): ReturnType<typeof crypto.subtle.importKey> {
  const bits = /^HS(256|384|512)$/.exec(alg)?.[1]
  if (bits === undefined) throw new TypeError(`${alg} takes no secret`)
  const parameters = { name: 'HMAC', hash: `SHA-${bits}` }
  return crypto.subtle.importKey('raw', Uint8Array.from(secret), parameters, false, ['sign'])
}

function withOneBitChanged(signature: Uint8Array): Uint8Array {
  const middle = signature.length >> 1
  return signature.map((byte, index) => (index === middle ? byte ^ 1 : byte))
}
