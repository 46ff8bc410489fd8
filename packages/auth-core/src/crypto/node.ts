import { constants, createHmac, createPublicKey, hash, verify } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { setImmediate as nextTurn } from 'node:timers/promises'

import { isCanonical } from './base64url.js'
import { derSignature } from './der.js'
import { signatureLength } from './signature-length.js'
import type { PublicJwk, SignatureScheduling, SignedText, VerificationKey } from './types.js'
import type { MaybePromise } from '../util/maybe-promise.js'

// Node: its own verification costs a fraction of WebCrypto's, which goes to the thread pool for each call. Answers come at
// once; their types say so no more than those of the other implementation.

interface NodeKey extends VerificationKey {
  readonly key: KeyObject
  /** Null where the algorithm brings its own (RFC 8032). */
  readonly digest: string | null
  /**
   * Room for a signature, of the one length that it may have: OpenSSL takes a shorter RSA-PSS signature, its leading
   * zeros left out; RFC 8017 §8.1.2 does not. Used for one synchronous call at a time.
   */
  readonly signature: Buffer
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

/** In the next turn, which is cheaper than the pool; in the pool, when that turn has no time either. */
async function verifyLater(key: NodeKey, signed: SignedText): Promise<boolean> {
  await nextTurn()
  return loop.hasTime() ? verifyNow(key, signed) : verifyInPool(key, signed)
}

function verifyNow(key: NodeKey, { signingInput, signatureText }: SignedText): boolean {
  // In canonical form it has as many characters as its bytes need, and no more of them are written than there is room.
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

// Milliseconds of one turn of the event loop that may go to verification.
const TURN = 10

/** How long verification has held the event loop in its current turn. */
const loop = {
  spent: 0,
  counting: false,
  // Held, or the shape of these objects would be forgotten by a garbage collection, and the code optimised for it.
  turn: undefined as NodeJS.Immediate | undefined, // or its type would be undefined
  hasTime(): boolean {
    return this.spent < TURN
  },
  spend(milliseconds: number): void {
    this.spent += milliseconds
    if (this.counting) return
    this.counting = true
    // The next turn begins anew; nothing is held open by it.
    this.turn = setImmediate(endTurn).unref()
  },
}

function endTurn(): void {
  loop.spent = 0
  loop.counting = false
}

/** SHA-256 of a text's UTF-8 bytes, in base64url. */
export function sha256(text: string): MaybePromise<string> {
  return hash('sha256', text, 'base64url')
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
  // Put in place of what is not UTF-8, or sent as such.
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

/** Whether a text is base64url in canonical form: decoding it takes a sixth of the time of a regular expression. */
export function isBase64Url(text: string): boolean {
  return decode(text) !== undefined
}

// Bytes that are needed for one synchronous call only: allocating them anew would be most of the garbage of a request.
let scratch = Buffer.allocUnsafeSlow(64 * 1024)

/** What comes with a request always fits; a caller of `verifyAccessToken` may bring anything. */
function makeRoom(length: number): void {
  if (length > scratch.length) scratch = Buffer.allocUnsafeSlow(length)
}

/** Decodes into the scratch buffer. @returns how many bytes, or undefined for what is not base64url in canonical form */
function decode(text: string): number | undefined {
  if (!isCanonical(text)) return undefined
  // Node's decoder looks at the lower eight bits of a character only: there must be nothing beyond ASCII. It takes both
  // alphabets, skips characters of neither, and ends at padding: then bytes are missing.
  if (Buffer.byteLength(text) !== text.length || text.includes('+') || text.includes('/')) return undefined
  const length = Math.floor((text.length * 3) / 4)
  makeRoom(length)
  return scratch.write(text, 0, 'base64url') === length ? length : undefined
}

/** The bytes of ASCII text. Valid until the next call. */
function bytesOf(text: string): Buffer {
  makeRoom(text.length)
  return scratch.subarray(0, scratch.write(text, 0, 'latin1'))
}
