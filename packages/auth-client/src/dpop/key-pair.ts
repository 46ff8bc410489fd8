import { AuthClientError } from '../errors.js'
import { sha256 } from './base64url.js'

/** What is used of a `CryptoKey`, so that these types need no library of the DOM. */
export interface WebCryptoKey {
  readonly type: string
  readonly extractable: boolean
  readonly algorithm: { readonly name: string }
}

/** A `CryptoKeyPair` for signing: what a token is bound to (RFC 9449 §4.2). */
export interface DpopKeyPair {
  readonly privateKey: WebCryptoKey
  readonly publicKey: WebCryptoKey
}

/** Algorithms of proofs that WebCrypto has (RFC 7518 §3.1, RFC 8037 §3.1). */
export type DpopAlgorithm = 'ES256' | 'ES384' | 'PS256' | 'RS256' | 'EdDSA'

/** How a key pair is made. */
export interface DpopKeyPairOptions {
  /** @defaultValue 'ES256' */
  readonly algorithm?: DpopAlgorithm
  /** Whether the private key can be read out again: for keys that are kept elsewhere. @defaultValue false */
  readonly extractable?: boolean
}

const RSA = { modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]), hash: 'SHA-256' }

const GENERATED: Readonly<Record<DpopAlgorithm, object>> = {
  ES256: { name: 'ECDSA', namedCurve: 'P-256' },
  ES384: { name: 'ECDSA', namedCurve: 'P-384' },
  PS256: { name: 'RSA-PSS', ...RSA },
  RS256: { name: 'RSASSA-PKCS1-v1_5', ...RSA },
  EdDSA: { name: 'Ed25519' },
}

/**
 * Makes a key pair for DPoP by WebCrypto. Its private key never leaves the runtime, unless `extractable` says so.
 *
 * @throws {AuthClientError} `options_invalid`; `key_unavailable` where the runtime has no such keys
 * @example
 * ```ts
 * import { createDpopProof, generateDpopKeyPair } from '@acme/auth-client'
 *
 * const keyPair = await generateDpopKeyPair()
 * const proof = await createDpopProof({ keyPair, method: 'GET', url: 'https://api.example.com/messages', accessToken: 'eyJ…' })
 * ```
 */
export async function generateDpopKeyPair({
  algorithm = 'ES256',
  extractable = false,
}: DpopKeyPairOptions = {}): Promise<DpopKeyPair> {
  if (!Object.hasOwn(GENERATED, algorithm)) {
    throw new AuthClientError('options_invalid', `algorithm: want one of ${Object.keys(GENERATED).join(', ')}`)
  }
  try {
    const parameters = GENERATED[algorithm] as EcKeyGenParams // one of several; WebCrypto reads its name
    return await crypto.subtle.generateKey(parameters, extractable, ['sign', 'verify'])
  } catch (cause) {
    throw new AuthClientError('key_unavailable', `this runtime makes no keys for ${algorithm}`, { cause })
  }
}

/**
 * The thumbprint of the public key (RFC 7638): what a token that is bound to it has as `cnf.jkt` (RFC 9449 §6.1), and an
 * authorization request as `dpop_jkt` (§10).
 *
 * @example
 * ```ts
 * import { dpopThumbprint, generateDpopKeyPair } from '@acme/auth-client'
 *
 * console.log(await dpopThumbprint(await generateDpopKeyPair()))
 * ```
 */
export async function dpopThumbprint({ publicKey }: DpopKeyPair): Promise<string> {
  const jwk = await crypto.subtle.exportKey('jwk', publicKey as CryptoKey) // WebCrypto refuses anything else
  // RFC 7638 §3.2: the required members, in lexicographic order.
  const names = ['crv', 'e', 'kty', 'n', 'x', 'y'] as const
  const required = names.flatMap((name) => (jwk[name] === undefined ? [] : [[name, jwk[name]]]))
  return sha256(JSON.stringify(Object.fromEntries(required)))
}
