import { constants, createHmac, createPublicKey, hash, verify } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { setImmediate as nextTurn } from 'node:timers/promises'

import { isCanonical } from './base64url.js'
import { derSignature } from './der.js'
import { requireNodeVersion } from './node-version.js'
import { signatureLength } from './signature-length.js'
import type { PublicJwk, SignatureScheduling, SignedText, VerificationKey } from './types.js'
import type { MaybePromise } from '../util/maybe-promise.js'

requireNodeVersion(process.version)

// The implementation for Node. node:crypto verifies synchronously at a fraction of the cost of WebCrypto, which takes
// every call to the thread pool. Return types are MaybePromise nevertheless, since web.ts has the same interface and is
// asynchronous.

interface NodeKey extends VerificationKey {
  readonly key: KeyObject
  /** The hash for node:crypto; null for EdDSA, which defines its own (RFC 8032 §5.1). */
  readonly digest: string | null
  /**
   * A buffer for signatures, reused by each synchronous call. Its length is the only one that a signature may have:
   * OpenSSL also accepts an RSA-PSS signature without its leading zeros, which RFC 8017 §8.1.2 refuses.
   */
  readonly signature: Buffer
  readonly ecdsa: boolean
  /** The key for node:crypto. An options object costs up to 20 µs more than a bare key, so only RSA-PSS uses one. */
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
    signature: Buffer.alloc(signatureLength(algorithm, key.asymmetricKeyDetails?.modulusLength)),
    ecdsa: algorithm.startsWith('ES'),
    verifyWith: algorithm.startsWith('PS') ? pss : key,
  }
  return imported
}

/** Whether a compact JWS is signed with the key and its algorithm, which is the verifier's choice. */
export function verifySignature(
  signed: SignedText,
  verificationKey: VerificationKey,
  scheduling: SignatureScheduling = 'auto',
): MaybePromise<boolean> {
  const key = verificationKey as NodeKey // made by importKey
  if (scheduling === 'thread-pool') return verifyInPool(key, signed)
  if (scheduling === 'synchronous' || loop.hasTime()) return verifyNow(key, signed)
  return verifyLater(key, signed)
}

/**
 * Waits for the next turn of the event loop, which is cheaper than the thread pool; uses the pool if that turn is full
 * too.
 */
async function verifyLater(key: NodeKey, signed: SignedText): Promise<boolean> {
  await nextTurn()
  return loop.hasTime() ? verifyNow(key, signed) : verifyInPool(key, signed)
}

function verifyNow(key: NodeKey, { signingInput, signatureText }: SignedText): boolean {
  // Canonical base64url of n bytes has ⌈4n/3⌉ characters. `write` truncates at the end of the buffer, so the length of
  // the text must be checked on its own.
  if (signatureText.length !== Math.ceil((key.signature.length * 4) / 3)) return false
  if (key.signature.write(signatureText, 'base64url') !== key.signature.length) return false
  const data = bytesOf(signingInput)
  const signature = key.ecdsa ? derSignature(key.signature) : key.signature
  const started = performance.now()
  const valid = verify(key.digest, data, key.verifyWith, signature)
  loop.spend(performance.now() - started)
  return valid
}

async function verifyInPool(key: NodeKey, { signingInput, signatureText }: SignedText): Promise<boolean> {
  const data = Buffer.from(signingInput, 'latin1')
  const raw = Buffer.from(signatureText, 'base64url')
  if (raw.length !== key.signature.length) return false
  const signature = key.ecdsa ? Buffer.from(derSignature(raw)) : raw
  return new Promise((resolve, reject) => {
    verify(key.digest, data, key.verifyWith, signature, (error, valid) => {
      if (error === null) resolve(valid)
      else reject(error)
    })
  })
}

// Milliseconds of signature verification that one turn of the event loop may take.
const TURN_BUDGET = 10

/** How long signature verification has blocked the event loop in its current turn. */
const loop = {
  spent: 0,
  resetScheduled: false,
  // Keeps the latest Immediate alive, and so the hidden class of Immediates with the code optimised for it
  // (keep-shape.ts).
  latestReset: undefined as NodeJS.Immediate | undefined, // or its type would be undefined
  hasTime(): boolean {
    return this.spent < TURN_BUDGET
  },
  spend(milliseconds: number): void {
    this.spent += milliseconds
    if (this.resetScheduled) return
    this.resetScheduled = true
    // Unreferenced, so that it does not keep the process running.
    this.latestReset = setImmediate(resetLoop).unref()
  },
}

function resetLoop(): void {
  loop.spent = 0
  loop.resetScheduled = false
}

/** SHA-256 of bytes, or of a text's UTF-8 bytes, in base64url. */
export function sha256(data: string | Uint8Array): MaybePromise<string> {
  return hash('sha256', data, 'base64url')
}

/** HMAC-SHA-256 of a text, in base64url. */
export function hmacSha256(secret: string, text: string): MaybePromise<string> {
  return createHmac('sha256', secret).update(text).digest('base64url')
}

/**
 * The text that is encoded, or undefined when it is not strict UTF-8, or not base64url in canonical form (RFC 7515 §2,
 * RFC 4648 §3.5).
 */
export function decodeText(text: string): string | undefined {
  const length = decode(text)
  if (length === undefined) return undefined
  const decoded = scratch.toString('utf8', 0, length)
  // U+FFFD replaces invalid UTF-8, or was sent as itself. Only the strict decoder, which is slower, can tell the two
  // apart.
  return decoded.includes('\ufffd') ? strictText(scratch.subarray(0, length)) : decoded
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

function strictText(bytes: Uint8Array): string | undefined {
  try {
    return utf8.decode(bytes)
  } catch {
    return undefined
  }
}

/** Whether a text is base64url in canonical form. Decoding it takes a sixth of the time of a regular expression. */
export function isBase64Url(text: string): boolean {
  return decode(text) !== undefined
}

// A scratch buffer for bytes that one synchronous call needs. Allocating them each time would be most of a request's
// garbage.
let scratch = Buffer.allocUnsafeSlow(64 * 1024)

/**
 * Headers of a request always fit into the initial size. A direct caller of `verifyAccessToken` may pass longer text.
 */
function ensureCapacity(length: number): void {
  if (length > scratch.length) scratch = Buffer.allocUnsafeSlow(length)
}

/**
 * Decodes into the scratch buffer.
 * @returns how many bytes, or undefined for what is not base64url in canonical form
 */
function decode(text: string): number | undefined {
  if (!isCanonical(text)) return undefined
  // Node's decoder is lenient. It reads the lower eight bits of a character only, so text beyond ASCII is refused here.
  // It takes the alphabet of plain base64 too, so `+` and `/` are refused here. It skips all other foreign characters
  // and stops at padding: then fewer bytes come out than the length promises.
  if (Buffer.byteLength(text) !== text.length || text.includes('+') || text.includes('/')) return undefined
  const length = Math.floor((text.length * 3) / 4)
  ensureCapacity(length)
  return scratch.write(text, 0, 'base64url') === length ? length : undefined
}

/** The bytes of ASCII text, as a view of the scratch buffer: valid until the next call. */
function bytesOf(text: string): Buffer {
  ensureCapacity(text.length)
  return scratch.subarray(0, scratch.write(text, 0, 'latin1'))
}
