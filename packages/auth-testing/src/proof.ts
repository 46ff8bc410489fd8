import type { JWK } from 'jose'

import { base64url, compactJws, type TestSignature } from './compact-jws.js'
import type { TestKey } from './keys.js'

/** What a DPoP proof is for, and how it differs from a good one. */
export interface ProofOptions {
  /** The client's key: signs, and gives `alg` and `jwk`. */
  key: TestKey
  /** `htm`, as it is. Default `'GET'`. */
  method?: string
  /** `htu`, as it is: a query or fragment is not cut off. */
  url: string
  /** Adds `ath`, the hash of this access token. */
  accessToken?: string
  /** Adds `nonce`. */
  nonce?: string
  /** Merged over the default claims, one level deep; a member that is `undefined` removes the default. */
  claims?: Record<string, unknown>
  /** Merged over the default header in the same way. */
  header?: Record<string, unknown>
  /** Replaces the whole header: the bytes before base64url. `header` is not read then. */
  rawHeader?: string | Uint8Array
  /** Replaces the whole payload: the bytes before base64url. `claims` and the like are not read then. */
  rawPayload?: string | Uint8Array
  /** Default `'valid'`. */
  signature?: TestSignature
  /** Seconds since the epoch, for `iat`. Default: the system's clock. */
  now?: number
}

/**
 * Makes a DPoP proof (RFC 9449 §4.2): header `typ`, `alg`, `jwk`; claims `jti` (random), `htm`, `htu`, `iat`
 * and, where asked for, `ath` and `nonce`.
 *
 * @example
 * ```ts
 * import { createProof, createTestKey } from '@acme/auth-testing'
 *
 * const key = await createTestKey('ES256')
 * const proof = await createProof({ key, method: 'GET', url: 'https://api.example.com/messages', accessToken: 'eyJ…' })
 * console.log(proof)
 * ```
 */
export async function createProof(options: ProofOptions): Promise<string> {
  const { key } = options
  const header = { typ: 'dpop+jwt', alg: key.alg, jwk: publicMembers(key.publicJwk), ...options.header }
  return compactJws({
    header: options.rawHeader ?? header,
    payload: options.rawPayload ?? (await claimsOf(options)),
    key,
    signature: options.signature ?? 'valid',
  })
}

/**
 * The `ath` of an access token: base64url of the SHA-256 of its text (RFC 9449 §4.2).
 * @example
 * ```ts
 * import { accessTokenHash, createProof, createTestKey } from '@acme/auth-testing'
 *
 * // A proof for another token.
 * const claims = { ath: await accessTokenHash('another token') }
 * const proof = await createProof({ key: await createTestKey('ES256'), url: 'https://api.example.com/', claims })
 * console.log(proof)
 * ```
 */
export async function accessTokenHash(token: string): Promise<string> {
  return base64url(new Uint8Array(await crypto.subtle.digest('SHA-256', Buffer.from(token))))
}

// JSON drops the members that are undefined: that is how a default is removed.
async function claimsOf(options: ProofOptions): Promise<Record<string, unknown>> {
  const { accessToken } = options
  return {
    jti: crypto.randomUUID(),
    htm: options.method ?? 'GET',
    htu: options.url,
    iat: Math.floor(options.now ?? Date.now() / 1000),
    ath: accessToken === undefined ? undefined : await accessTokenHash(accessToken),
    nonce: options.nonce,
    ...options.claims,
  }
}

/** The key itself, without what an issuer says about it. */
function publicMembers(jwk: JWK): JWK {
  const { kid: _kid, alg: _alg, use: _use, ...members } = jwk
  return members
}
