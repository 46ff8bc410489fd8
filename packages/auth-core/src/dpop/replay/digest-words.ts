/** A SHA-256, folded to four integers. */
export type DigestWords = readonly [number, number, number, number]

const DIGEST_LENGTH = 43
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
const SEXTETS = new Uint8Array(128).fill(64)
for (const [sextet, character] of [...ALPHABET].entries()) SEXTETS[character.charCodeAt(0)] = sextet

/**
 * Folds a SHA-256 in base64url to about 120 bits: enough, since two proofs that agree in them would only refuse each other.
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

/** The second is mixed up first: what differs in one of the two must not be undone by the other. */
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

/** A hash of two words that nobody outside can aim at: its multipliers are drawn at random, and secret. */
export type SecretHash = (a: number, b: number) => number

/** Universal hashing by odd multipliers: a client that chooses its keys cannot make them collide on purpose. */
export function secretHash(): SecretHash {
  const [first = 0, second = 0, last = 0] = crypto.getRandomValues(new Int32Array(3))
  return (a, b) => {
    const mixed = Math.imul(a, first | 1) ^ Math.imul(b ^ (a >>> 15), second | 1)
    const spread = Math.imul(mixed ^ (mixed >>> 16), last | 1)
    return (spread ^ (spread >>> 15)) >>> 0
  }
}
