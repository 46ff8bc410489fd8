import { base64url, sha256 } from './base64url.js'
import type { DpopKeyPair } from './key-pair.js'

/** What a DPoP proof is for. */
export interface DpopProofOptions {
  readonly keyPair: DpopKeyPair
  /** Of the request, such as `'GET'`. */
  readonly method: string
  /** Of the request: query and fragment are left out of the proof (RFC 9449 §4.2). */
  readonly url: string | URL
  /** The token that is sent beside it; none for a request to a token endpoint. */
  readonly accessToken?: string | undefined
  /** What the server handed out as `DPoP-Nonce` (RFC 9449 §8, §9). */
  readonly nonce?: string | undefined
  /** Seconds since the epoch. @defaultValue the system's clock */
  readonly now?: number | undefined
}

/**
 * Makes a DPoP proof for one request (RFC 9449 §4.2), with an identifier of its own: a retry needs another one. The `htu` is
 * the URL that is sent, without query and fragment, in normal form (RFC 3986 §6.2.2, §6.2.3).
 *
 * @throws {TypeError} for what is no http URL, and keys that WebCrypto cannot sign with
 * @example
 * ```ts
 * import { createDpopProof, generateDpopKeyPair } from '@acme/auth-client/dpop'
 *
 * const keyPair = await generateDpopKeyPair()
 * const url = 'https://api.example.com/messages?page=2'
 * const dpop = await createDpopProof({ keyPair, method: 'GET', url, accessToken: 'eyJ…' })
 * const headers = { authorization: 'DPoP eyJ…', dpop }
 * ```
 */
export async function createDpopProof(options: DpopProofOptions): Promise<string> {
  const { keyPair, method, url, accessToken, nonce, now = Date.now() / 1000 } = options
  const { protocol, host, pathname } = new URL(url)
  if (!/^https?:$/.test(protocol)) throw new TypeError('url: want http or https')
  const key = keyPair.privateKey as CryptoKey // WebCrypto refuses anything else
  const { alg, ...parameters } = signing(key)
  const header = { typ: 'dpop+jwt', alg, jwk: await publicJwk(keyPair) }
  const claims = {
    jti: base64url(crypto.getRandomValues(new Uint8Array(18))),
    // Fetch §4.6 "normalize a method": these, and no others, are sent in upper case.
    htm: /^(delete|get|head|options|post|put)$/i.test(method) ? method.toUpperCase() : method,
    htu: `${protocol}//${host}${pathname.replaceAll(/%[\da-f]{2}/gi, normalEscape)}`,
    iat: Math.floor(now),
    ath: accessToken === undefined ? undefined : await sha256(accessToken),
    nonce,
  }
  const input = `${encode(header)}.${encode(claims)}`
  const signature = await crypto.subtle.sign(parameters, key, new TextEncoder().encode(input))
  return `${input}.${base64url(new Uint8Array(signature))}`
}

/** RFC 3986 §6.2.2.2: of what is escaped, only unreserved characters are decoded. Parsing a URL does all else. */
function normalEscape(escape: string): string {
  const character = String.fromCharCode(Number.parseInt(escape.slice(1), 16))
  return /[A-Za-z0-9._~-]/.test(character) ? character : escape.toUpperCase()
}

function encode(value: object): string {
  return base64url(new TextEncoder().encode(JSON.stringify(value)))
}

/** The algorithm of a key (RFC 7518 §3.1, RFC 8037 §3.1), and how WebCrypto is told. */
function signing({ algorithm }: CryptoKey): { alg: string; name: string; hash: string; saltLength: number } {
  const { name, hash, namedCurve } = algorithm as { name: string; hash?: { name: string }; namedCurve?: string } // by its name
  const digest = hash?.name ?? (namedCurve === 'P-384' ? 'SHA-384' : 'SHA-256')
  const kind = { ECDSA: 'ES', 'RSA-PSS': 'PS', 'RSASSA-PKCS1-v1_5': 'RS' }[name]
  const bits = digest.slice(4)
  return { alg: kind === undefined ? 'EdDSA' : kind + bits, name, hash: digest, saltLength: +bits / 8 }
}

/** The public members alone. */
async function publicJwk({ publicKey }: DpopKeyPair): Promise<object> {
  const { kty, crv, x, y, e, n } = await crypto.subtle.exportKey('jwk', publicKey as CryptoKey) // as above
  return { kty, crv, x, y, e, n }
}
