import { compactJws, type TestSignature } from '../compact-jws.js'
import type { TestKey } from '../keys.js'
import { rejectUnknown } from '../unknown-options.js'

/** How a security event token differs from a good one; without options it says that a session of `user-1` was revoked. */
export interface SecurityEventOptions {
  /** Event type. Default: CAEP's `session-revoked`. The last part of a name of CAEP is enough: `credential-change`. */
  type?: string
  /** Merged over the payload of the event; the default has `event_timestamp`, now. */
  event?: Record<string, unknown>
  /** The subject identifier (RFC 9493): `sub_id`. Default `{ format: 'iss_sub', iss: ISSUER, sub: 'user-1' }`. */
  subject?: Record<string, unknown>
  /** Merged over the default claims, one level deep; a member that is `undefined` removes the default. */
  claims?: Record<string, unknown>
  /** Merged over the default header in the same way. */
  header?: Record<string, unknown>
  /** Signs, and gives `alg` and `kid`. Default: the issuer's current signing key. */
  key?: TestKey
  /** Replaces the whole payload: the bytes before base64url. `claims` and the like are not read then. */
  rawPayload?: string | Uint8Array
  /** Default `'valid'`. */
  signature?: TestSignature
}

/** What the issuer knows about each of its events. */
interface SecurityEventDefaults {
  readonly issuer: string
  readonly audience: string
  readonly key: TestKey
  /** Seconds since the epoch. */
  readonly now: number
}

const NAMES = ['type', 'event', 'subject', 'claims', 'header', 'key', 'rawPayload', 'signature']
const CAEP = 'https://schemas.openid.net/secevent/caep/event-type/'

/** A security event token as in RFC 8417 §2. @throws {TypeError} for an option that there is not */
export function createSecurityEvent(defaults: SecurityEventDefaults, options: SecurityEventOptions): Promise<string> {
  rejectUnknown('securityEvent', options, NAMES)
  const key = options.key ?? defaults.key
  return compactJws({
    header: { alg: key.alg, typ: 'secevent+jwt', kid: key.kid, ...options.header },
    payload: options.rawPayload ?? claimsOf(defaults, options),
    key,
    signature: options.signature ?? 'valid',
  })
}

function claimsOf(defaults: SecurityEventDefaults, options: SecurityEventOptions): Record<string, unknown> {
  const { type = 'session-revoked' } = options
  const issuedAt = Math.floor(defaults.now)
  return {
    iss: defaults.issuer,
    aud: defaults.audience,
    iat: issuedAt,
    jti: crypto.randomUUID(),
    sub_id: options.subject ?? { format: 'iss_sub', iss: defaults.issuer, sub: 'user-1' },
    events: { [type.includes(':') ? type : CAEP + type]: { event_timestamp: issuedAt, ...options.event } },
    ...options.claims,
  }
}
