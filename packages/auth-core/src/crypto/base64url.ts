/** The digits of base64url (RFC 4648 §5), by their values. */
export const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
// Masks for the pad bits of the last character, by length modulo 4. Canonical encodings have zeros there (RFC 4648
// §3.5).
const PAD_BITS = [0, 0, 0b1111, 0b11]

const CHARACTERS = /^[A-Za-z0-9_-]+$/

/**
 * Whether a text is base64url in canonical form (RFC 7515 §2, RFC 4648 §3.5): no padding, no foreign characters, not
 * empty.
 */
export function isBase64Url(text: string): boolean {
  return isCanonical(text) && CHARACTERS.test(text)
}

/**
 * Whether base64url text is the canonical encoding of its bytes: a possible length, and pad bits of zero (RFC 4648
 * §3.5). Does not check the alphabet. Several spellings of one signature or payload would be several texts for one
 * token.
 */
export function isCanonical(text: string): boolean {
  const { length } = text
  if (length === 0 || length % 4 === 1) return false
  return (ALPHABET.indexOf(text.charAt(length - 1)) & (PAD_BITS[length % 4] ?? 0)) === 0
}

/** Base64url of bytes, without padding (RFC 7515 §2). */
export function base64url(bytes: Uint8Array): string {
  // Not by one call with all of them: there may be more than a call takes arguments.
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '')
}
