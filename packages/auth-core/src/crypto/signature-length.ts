// r and s, side by side (RFC 7518 §3.4); RFC 8032 §5.1.6.
const LENGTHS: Readonly<Record<string, number | undefined>> = {
  ES256: 64,
  ES384: 96,
  ES512: 132,
  EdDSA: 64,
  Ed25519: 64,
}

/** How long a signature is, in bytes: for RSA as long as the modulus, to the byte (RFC 8017 §8.1.2, §8.2.2). */
export function signatureLength(algorithm: string, modulusBits: number | undefined): number {
  return LENGTHS[algorithm] ?? Math.ceil((modulusBits ?? 0) / 8)
}
