// Bytes: R || S for ECDSA (RFC 7518 §3.4), and for Ed25519 (RFC 8032 §5.1.6).
const LENGTHS: Readonly<Record<string, number | undefined>> = {
  ES256: 64,
  ES384: 96,
  ES512: 132,
  EdDSA: 64,
  Ed25519: 64,
}

/**
 * The only length, in bytes, that a signature may have. For RSA it is that of the modulus (RFC 8017 §8.1.2, §8.2.2).
 */
export function signatureLength(algorithm: string, modulusBits: number | undefined): number {
  return LENGTHS[algorithm] ?? Math.ceil((modulusBits ?? 0) / 8)
}
