import { isAscii } from 'node:buffer'
import { constants, createPublicKey, hash, verify } from 'node:crypto'
import type { KeyObject } from 'node:crypto'

import { isCanonical } from './base64url.js'
import { signatureLength } from './signature-length.js'
import type { MaybePromise, PublicJwk, SignatureScheduling, SignedText, VerificationKey } from './types.js'

// Node: its own verification costs a fraction of WebCrypto's, which goes to the thread pool for each call. Answers come at
// once; their types say so no more than those of the other implementation.

interface NodeKey extends VerificationKey {
  readonly key: KeyObject
  /** Null where the algorithm brings its own (RFC 8032). */
  readonly digest: string | null
  /** In bytes. OpenSSL takes a shorter RSA-PSS signature, its leading zeros left out; RFC 8017 §8.1.2 does not. */
  readonly signatureLength: number
  readonly ecdsa: boolean
  /** An options object costs up to 20 µs more than the bare key, so that only RSA-PSS has one. */
  readonly verifyWith: KeyObject | { key: KeyObject; padding: number; saltLength: number }
}

/** Throws for what is no public key, such as a point off its curve. */
export function importKey(jwk: PublicJwk, algorithm: string): MaybePromise<VerificationKey> {
  const key = createPublicKey({ key: { ...jwk }, format: 'jwk' })
  const bits = /^[RPE]S(\d{3})$/.exec(algorithm)?.[1]
  // RFC 7518 §3.5: the salt is as long as the hash.
  const pss = { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: Number(bits) / 8 }
  const imported: NodeKey = {
    algorithm,
    key,
    digest: bits === undefined ? null : `sha${bits}`,
    signatureLength: signatureLength(algorithm, key.asymmetricKeyDetails?.modulusLength),
    ecdsa: algorithm.startsWith('ES'),
    verifyWith: algorithm.startsWith('PS') ? pss : key,
  }
  return imported
}

/** Whether a compact JWS is signed with the key and its algorithm, which is the verifier's choice. */
export function verifySignature(
  { signingInput, signatureText }: SignedText,
  verificationKey: VerificationKey,
  scheduling: SignatureScheduling = 'auto',
): MaybePromise<boolean> {
  const key = verificationKey as NodeKey // made by importKey
  const synchronous = scheduling === 'synchronous' || (scheduling === 'auto' && loop.hasTime())
  if (!synchronous)
    return verifyInPool(key, Buffer.from(signingInput, 'latin1'), Buffer.from(signatureText, 'base64url'))
  const data = bytesOf(signingInput, 'latin1', 0)
  return verifyNow(key, data, bytesOf(signatureText, 'base64url', signingInput.length))
}

function verifyNow(key: NodeKey, data: Buffer, raw: Buffer): boolean {
  const signature = signatureFor(key, raw)
  if (signature === undefined) return false
  const started = performance.now()
  const valid = verify(key.digest, data, key.verifyWith, signature)
  loop.spend(performance.now() - started)
  return valid
}

async function verifyInPool(key: NodeKey, data: Buffer, raw: Buffer): Promise<boolean> {
  const signature = signatureFor(key, raw)
  if (signature === undefined) return false
  return new Promise((resolve, reject) => {
    verify(key.digest, data, key.verifyWith, signature, (error, valid) => {
      if (error === null) resolve(valid)
      else reject(error)
    })
  })
}

/** In the form that OpenSSL takes; undefined when it cannot be a signature. */
function signatureFor({ signatureLength: length, ecdsa }: NodeKey, raw: Buffer): Uint8Array | undefined {
  if (raw.length !== length) return undefined
  return ecdsa ? derSignature(raw) : raw
}

// Milliseconds of one turn of the event loop that may go to verification.
const TURN = 10

/** How long verification has held the event loop in its current turn. */
const loop = {
  spent: 0,
  counting: false,
  hasTime(): boolean {
    return this.spent < TURN
  },
  spend(milliseconds: number): void {
    this.spent += milliseconds
    if (this.counting) return
    this.counting = true
    // The next turn begins anew; nothing is held open by it.
    setImmediate(() => {
      this.spent = 0
      this.counting = false
    }).unref()
  },
}

/**
 * ECDSA's r and s, side by side (RFC 7518 §3.4), as the DER that OpenSSL takes (X.690 §8.3, §8.9). Converting here is far cheaper than having OpenSSL do it.
 */
function derSignature(raw: Uint8Array): Uint8Array {
  const { length } = raw
  const half = length / 2
  const r = derInteger(raw, 0, half)
  const s = derInteger(raw, half, length)
  const size = r.length + s.length
  // Long form of the length from 128 on, which P-521 reaches.
  const head = size < 128 ? [0x30, size] : [0x30, 0x81, size]
  const der = new Uint8Array(head.length + size)
  der.set(head)
  der.set(r, head.length)
  der.set(s, head.length + r.length)
  return der
}

/** An unsigned big-endian number as DER INTEGER: no leading zeros, but one before a high bit. */
function derInteger(bytes: Uint8Array, from: number, to: number): Uint8Array {
  let start = from
  while (start < to - 1 && bytes[start] === 0) start++
  const padding = (bytes[start] ?? 0) >= 0x80 ? 1 : 0
  const integer = new Uint8Array(2 + padding + to - start)
  integer[0] = 0x02
  integer[1] = padding + to - start
  integer.set(bytes.subarray(start, to), 2 + padding)
  return integer
}

/** SHA-256 of a text's UTF-8 bytes, in base64url. */
export function sha256(text: string): MaybePromise<string> {
  return hash('sha256', text, 'base64url')
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/**
 * The text that is encoded, or undefined when it is not strict UTF-8, or not base64url in canonical form (RFC 7515 §2,
 * RFC 4648 §3.5). The characters are NOT checked: the caller has done so.
 */
export function decodeText(text: string): string | undefined {
  if (!isCanonical(text)) return undefined
  const bytes = bytesOf(text, 'base64url', 0)
  if (isAscii(bytes)) return bytes.toString('latin1')
  try {
    return utf8.decode(bytes)
  } catch {
    return undefined
  }
}

// Bytes that are needed for one synchronous call only: allocating them anew would be most of the garbage of a request.
const scratch = Buffer.allocUnsafeSlow(64 * 1024)

/** The bytes of a text, in the scratch buffer from there on if there is room. Valid until the next call. */
function bytesOf(text: string, encoding: 'latin1' | 'base64url', from: number): Buffer {
  if (from + text.length > scratch.length) return Buffer.from(text, encoding)
  return scratch.subarray(from, from + scratch.write(text, from, encoding))
}
