import { base64url } from '../crypto/base64url.js'

/** A `CryptoKey` of WebCrypto, by its members: not every TypeScript project knows the name. */
export interface WebCryptoKey {
  readonly type: string
  readonly extractable: boolean
  readonly algorithm: { readonly name: string }
  readonly usages: readonly string[]
}

/** A key that metadata is signed with, and its JWS algorithm (RFC 7518 §3.1, RFC 9864 §2.2). */
export interface SigningKey {
  readonly key: WebCryptoKey
  readonly kid: string | undefined
  readonly alg: string
}

const CURVES: Readonly<Record<string, string>> = { 'P-256': 'ES256', 'P-384': 'ES384', 'P-521': 'ES512' }

/** The JWS algorithm of a private key; undefined where there is none. */
export function signingAlgorithm({ algorithm }: WebCryptoKey): string | undefined {
  const { name, namedCurve = '', hash } = algorithm as { name: string; namedCurve?: string; hash?: { name: string } } // by its name
  const bits = hash?.name.replace('SHA-', '') ?? ''
  if (name === 'ECDSA') return CURVES[namedCurve]
  // RFC 7518 §3.1 has none with SHA-1.
  if (name === 'RSASSA-PKCS1-v1_5') return bits === '1' ? undefined : `RS${bits}`
  if (name === 'RSA-PSS') return bits === '1' ? undefined : `PS${bits}`
  return name === 'Ed25519' ? 'EdDSA' : undefined
}

/** A compact JWS of the claims (RFC 7515 §3.1). */
export async function signJwt(claims: object, { key, kid, alg }: SigningKey): Promise<string> {
  const header = { alg, typ: 'JWT', ...(kid !== undefined && { kid }) }
  const input = `${encode(JSON.stringify(header))}.${encode(JSON.stringify(claims))}`
  const bits = Number(alg.slice(2))
  const parameters = {
    name: key.algorithm.name,
    hash: `SHA-${bits}`,
    // RFC 7518 §3.5: a salt as long as the hash.
    saltLength: bits / 8,
  }
  const signature = await crypto.subtle.sign(parameters, key as CryptoKey, new TextEncoder().encode(input)) // checked when it was given
  return `${input}.${base64url(new Uint8Array(signature))}`
}

function encode(text: string): string {
  return base64url(new TextEncoder().encode(text))
}
