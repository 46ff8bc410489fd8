import { compactJws, type TestSignature } from './compact-jws.js'
import type { TestKey } from './keys.js'
import { rejectUnknown } from './unknown-options.js'

/** How an access token differs from a good one; without options it is good. */
export interface AccessTokenOptions {
  /** Merged over the default claims, one level deep; a member that is `undefined` removes the default. */
  claims?: Record<string, unknown>
  /** Merged over the default header in the same way. */
  header?: Record<string, unknown>
  /** Signs, and gives `alg` and `kid`. Default: the issuer's current signing key. */
  key?: TestKey
  /** Binds the token to the DPoP key with this thumbprint: adds `cnf: { jkt }` (RFC 9449 §6.1). */
  jkt?: string
  /** Space-separated scopes (RFC 6749 §3.3). Default: no `scope` claim. */
  scope?: string
  /** Seconds from now to `exp`. Default 3600; negative makes an expired token. */
  expiresIn?: number
  /** Replaces the whole header: the bytes before base64url. `header` is not read then. */
  rawHeader?: string | Uint8Array
  /** Replaces the whole payload: the bytes before base64url. `claims` and the like are not read then. */
  rawPayload?: string | Uint8Array
  /** Default `'valid'`. */
  signature?: TestSignature
}

/** What the issuer knows about each of its tokens. */
export interface AccessTokenDefaults {
  issuer: string
  audience: string
  key: TestKey
  /** Seconds since the epoch. */
  now: number
}

const NAMES = ['claims', 'header', 'key', 'jkt', 'scope', 'expiresIn', 'rawHeader', 'rawPayload', 'signature']

/** A JWT access token as in RFC 9068 §2. @throws {TypeError} for an option that there is not */
export async function createAccessToken(
  defaults: AccessTokenDefaults,
  options: AccessTokenOptions = {},
): Promise<string> {
  rejectUnknown('accessToken', options, NAMES)
  const key = options.key ?? defaults.key
  return compactJws({
    header: options.rawHeader ?? { alg: key.alg, typ: 'at+jwt', kid: key.kid, ...options.header },
    payload: options.rawPayload ?? claimsOf(defaults, options),
    key,
    signature: options.signature ?? 'valid',
  })
}

// JSON drops the members that are undefined: that is how a default is removed.
function claimsOf(defaults: AccessTokenDefaults, options: AccessTokenOptions): Record<string, unknown> {
  const issuedAt = Math.floor(defaults.now)
  return {
    iss: defaults.issuer,
    sub: 'user-1',
    aud: defaults.audience,
    client_id: 'client-1',
    iat: issuedAt,
    exp: issuedAt + (options.expiresIn ?? 3600),
    jti: crypto.randomUUID(),
    scope: options.scope,
    cnf: options.jkt === undefined ? undefined : { jkt: options.jkt },
    ...options.claims,
  }
}
