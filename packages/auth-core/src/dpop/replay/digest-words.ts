import { ALPHABET } from '../../crypto/base64url.js'

/** A SHA-256 folded to four 32-bit integers. */
export type DigestWords = readonly [number, number, number, number]

const DIGEST_LENGTH = 43
// The value of each base64url character by its code; 64 marks a foreign character.
const SEXTETS = new Uint8Array(128).fill(64)
for (const [sextet, character] of [...ALPHABET].entries()) SEXTETS[character.charCodeAt(0)] = sextet

/**
 * Folds a SHA-256 in base64url to about 120 bits, half of the memory. A collision would only refuse a proof that is
 * new, never accept one that is replayed, and is out of reach at 120 bits anyway.
 *
 * @throws {TypeError} for any other text
 */
export function digestWords(digest: string): DigestWords {
  if (digest.length !== DIGEST_LENGTH) throw new TypeError('not a SHA-256 in base64url')
  return [
    fold(word(digest, 0, 5), word(digest, 20, 25)),
    fold(word(digest, 5, 10), word(digest, 25, 30)),
    fold(word(digest, 10, 15), word(digest, 30, 35)),
    fold(fold(word(digest, 15, 20), word(digest, 35, 40)), word(digest, 40, 43)),
  ]
}

/** Mixes the second word before the XOR: in a plain XOR, equal changes of both words would cancel out. */
function fold(first: number, second: number): number {
  const mixed = Math.imul(second ^ (second >>> 15), 0x9e3779b1)
  return first ^ mixed ^ (mixed >>> 13)
}

function word(digest: string, start: number, end: number): number {
  let bits = 0
  for (let index = start; index < end; index++) {
    const sextet = SEXTETS[digest.charCodeAt(index)] ?? 64
    if (sextet === 64) throw new TypeError('not a SHA-256 in base64url')
    bits = (bits << 6) | sextet
  }
  return bits
}

/**
 * A hash of two words with random, secret multipliers. Clients cannot compute it, so they cannot construct collisions.
 */
export type SecretHash = (a: number, b: number) => number

/**
 * Draws a hash in the manner of multiply-shift hashing, with random odd multipliers (Dietzfelbinger et al. 1997). With
 * a fixed hash, clients could choose keys that all fall into one slot, which makes linear probing quadratic (CWE-407).
 *
 * Draws when it is first called: Cloudflare Workers have no random numbers outside of requests.
 */
export function secretHash(): SecretHash {
  let [first, second, last] = [0, 0, 0]
  return (a, b) => {
    // Zero, since the drawn ones are odd.
    if (first === 0) [first, second, last] = oddNumbers()
    const mixed = Math.imul(a, first) ^ Math.imul(b ^ (a >>> 15), second)
    const spread = Math.imul(mixed ^ (mixed >>> 16), last)
    return (spread ^ (spread >>> 15)) >>> 0
  }
}

function oddNumbers(): [number, number, number] {
  const [first = 0, second = 0, last = 0] = crypto.getRandomValues(new Int32Array(3))
  return [first | 1, second | 1, last | 1]
}
