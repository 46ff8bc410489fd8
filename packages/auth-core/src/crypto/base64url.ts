const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
// A text whose last character carries 4 or 2 bits beyond the last byte; in canonical form they are zero.
const STRAY_BITS = [0, 0, 0b1111, 0b11]

const CHARACTERS = /^[A-Za-z0-9_-]+$/

/** Whether a text is base64url in canonical form (RFC 7515 §2, RFC 4648 §3.5): no padding, no foreign characters, not empty. */
export function isBase64Url(text: string): boolean {
  return isCanonical(text) && CHARACTERS.test(text)
}

/** Whether base64url text is the one that its bytes are encoded as: possible in length, and without stray bits at the end. */
export function isCanonical(text: string): boolean {
  const { length } = text
  if (length === 0 || length % 4 === 1) return false
  return (ALPHABET.indexOf(text.charAt(length - 1)) & (STRAY_BITS[length % 4] ?? 0)) === 0
}
