/** The signature algorithms of test keys, by their names in RFC 7518, RFC 8037 and RFC 9864. */
export type TestAlgorithm =
  | 'RS256'
  | 'RS384'
  | 'RS512'
  | 'PS256'
  | 'PS384'
  | 'PS512'
  | 'ES256'
  | 'ES384'
  | 'ES512'
  | 'EdDSA'
  | 'Ed25519'

/** What WebCrypto wants to know to make a key for an algorithm, and to sign with it. */
export interface AlgorithmParameters {
  readonly generate: { readonly name: string; readonly [parameter: string]: unknown }
  readonly sign: { readonly name: string; readonly [parameter: string]: unknown }
}

const ED25519: AlgorithmParameters = { generate: { name: 'Ed25519' }, sign: { name: 'Ed25519' } }

/** RFC 7518 §3 and RFC 8037 §3.1 in WebCrypto's terms. */
export const ALGORITHMS: Readonly<Record<TestAlgorithm, AlgorithmParameters>> = {
  RS256: rsa('RSASSA-PKCS1-v1_5', 256),
  RS384: rsa('RSASSA-PKCS1-v1_5', 384),
  RS512: rsa('RSASSA-PKCS1-v1_5', 512),
  PS256: rsa('RSA-PSS', 256),
  PS384: rsa('RSA-PSS', 384),
  PS512: rsa('RSA-PSS', 512),
  ES256: ecdsa('P-256', 256),
  ES384: ecdsa('P-384', 384),
  ES512: ecdsa('P-521', 512),
  EdDSA: ED25519,
  Ed25519: ED25519,
}

function rsa(name: 'RSASSA-PKCS1-v1_5' | 'RSA-PSS', bits: number): AlgorithmParameters {
  return {
    generate: { name, hash: `SHA-${bits}`, publicExponent: new Uint8Array([1, 0, 1]) },
    // RFC 7518 §3.5: the salt is as long as the hash. PKCS #1 v1.5 ignores the member.
    sign: { name, saltLength: bits / 8 },
  }
}

function ecdsa(namedCurve: string, bits: number): AlgorithmParameters {
  return {
    generate: { name: 'ECDSA', namedCurve },
    sign: { name: 'ECDSA', hash: `SHA-${bits}` },
  }
}
