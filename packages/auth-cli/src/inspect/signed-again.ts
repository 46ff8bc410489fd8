import type { DecodedToken, JsonObject } from './decode.js'

// What WebCrypto calls the algorithms (RFC 7518 §3.1, RFC 8037 §3.1): of the key, and of a signature where that says more.
// Not by a library: loading one takes longer than all that `inspect` does.
const ALGORITHMS: Readonly<Record<string, readonly [key: KeyParameters, signature?: SignatureParameters]>> = {
  RS256: [rsa('RSASSA-PKCS1-v1_5', 256)],
  RS384: [rsa('RSASSA-PKCS1-v1_5', 384)],
  RS512: [rsa('RSASSA-PKCS1-v1_5', 512)],
  PS256: [rsa('RSA-PSS', 256), { name: 'RSA-PSS', saltLength: 32 }],
  PS384: [rsa('RSA-PSS', 384), { name: 'RSA-PSS', saltLength: 48 }],
  PS512: [rsa('RSA-PSS', 512), { name: 'RSA-PSS', saltLength: 64 }],
  ES256: [
    { name: 'ECDSA', namedCurve: 'P-256' },
    { name: 'ECDSA', hash: 'SHA-256' },
  ],
  ES384: [
    { name: 'ECDSA', namedCurve: 'P-384' },
    { name: 'ECDSA', hash: 'SHA-384' },
  ],
  EdDSA: [{ name: 'Ed25519' }],
}

interface KeyParameters {
  readonly name: string
  readonly [parameter: string]: unknown
}

type SignatureParameters = KeyParameters

function rsa(name: string, bits: number): KeyParameters {
  return { name, hash: `SHA-${bits}`, modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]) }
}

/** Signs tokens like a given one with a key that is made for it and thrown away: so that core judges what it says. */
export interface Signer {
  readonly algorithm: string
  /** For core, in place of the issuer's keys. */
  readonly jwks: { readonly keys: readonly unknown[] }
  sign(header: JsonObject, claims: JsonObject): Promise<string>
}

const KID = 'made-for-this'

// Of core, where no option says otherwise.
const ACCEPTED = ['ES256', 'RS256', 'PS256', 'EdDSA']

/**
 * @param accepted - by the API: a token of another algorithm, such as `none`, is signed by the first of these, so that what it
 * says beside that is judged all the same
 */
export async function createSigner({ header }: DecodedToken, accepted: readonly string[] = ACCEPTED): Promise<Signer> {
  const { alg } = header
  const algorithm =
    accepted.find((one) => one === alg) ?? accepted.find((one) => Object.hasOwn(ALGORITHMS, one)) ?? 'ES256'
  const [parameters = { name: 'Ed25519' }, signature = { name: parameters.name }] = ALGORITHMS[algorithm] ?? []
  const pair = await crypto.subtle.generateKey(parameters, true, ['sign', 'verify'])
  if (!('privateKey' in pair)) throw new Error(`${parameters.name} has no pair of keys`)
  const { publicKey, privateKey } = pair
  const jwk = { ...(await crypto.subtle.exportKey('jwk', publicKey)), kid: KID, alg: algorithm, use: 'sig' }
  return {
    algorithm,
    jwks: { keys: [jwk] },
    async sign(changed, claims) {
      const named = { ...changed, ...(header['kid'] !== undefined && { kid: KID }) }
      const input = `${segment(named)}.${segment(claims)}`
      const bytes = await crypto.subtle.sign(signature, privateKey, Buffer.from(input))
      return `${input}.${Buffer.from(bytes).toString('base64url')}`
    },
  }
}

function segment(value: JsonObject): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}
