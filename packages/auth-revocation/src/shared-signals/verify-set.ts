import { errors, jwtVerify } from 'jose'
import type { JWTPayload, JWTVerifyGetKey } from 'jose'

import { isObject, member } from '../http/text.js'
import { Unavailable } from '../http/unavailable.js'
import type { EventPayload } from './event-types.js'
import type { Settings } from './options.js'
import { SetError } from './set-error.js'

/** Bytes of a security event token. */
export const MAX_SET: number = 64 * 1024
const MAX_EVENTS = 16
const MAX_ID = 256

/** A security event token (RFC 8417) that is proven. */
export interface SecurityEventToken {
  readonly jti: string
  /** Seconds since the epoch. */
  readonly issuedAt: number
  /** When the event happened, if that is told (RFC 8417 §2.2 `toe`). */
  readonly happenedAt: number | undefined
  readonly subject: unknown
  readonly events: readonly (readonly [type: string, payload: EventPayload])[]
}

/**
 * Verifies a security event token (RFC 8417 §4): signature, kind, issuer, audience, age, form.
 *
 * @throws {SetError}
 * @throws {Unavailable} when the keys cannot be had
 */
export async function verifySet(text: string, settings: Settings, keys: JWTVerifyGetKey): Promise<SecurityEventToken> {
  if (text.length > MAX_SET) throw new SetError('invalid_request', `more than ${MAX_SET} bytes`)
  const claims = await verified(text.trim(), settings, keys)
  const { iss, aud, jti, iat, toe, events } = claims
  // The signature is the transmitter's: what is in it is somebody's mistake, but not anybody's.
  if (iss !== settings.issuer) throw new SetError('invalid_issuer', 'another issuer')
  if (![aud].flat().some((each) => typeof each === 'string' && settings.audience.includes(each))) {
    throw new SetError('invalid_audience', 'another audience')
  }
  if (typeof jti !== 'string' || jti === '' || jti.length > MAX_ID) throw malformed('jti is missing or too long')
  requireCurrent(iat, settings)
  return {
    jti,
    issuedAt: iat,
    happenedAt: toe === undefined ? undefined : pastTime(toe, settings),
    subject: claims['sub_id'],
    events: eventsOf(events),
  }
}

async function verified(text: string, settings: Settings, keys: JWTVerifyGetKey): Promise<JWTPayload> {
  const { algorithms, clockTolerance, now } = settings
  try {
    // RFC 8417 §2.3, RFC 8725 §3.11: another kind of JWT of the same issuer, such as an ID token, is no event.
    const { payload } = await jwtVerify(text, keys, {
      algorithms: [...algorithms],
      typ: 'secevent+jwt',
      clockTolerance,
      currentDate: new Date(now() * 1000),
    })
    return payload
  } catch (error) {
    throw refusalOf(error)
  }
}

const OF_KEYS = [
  errors.JWKSNoMatchingKey,
  errors.JWKSMultipleMatchingKeys,
  errors.JWSSignatureVerificationFailed,
  errors.JOSEAlgNotAllowed,
]

function refusalOf(error: unknown): unknown {
  if (error instanceof Unavailable) return error
  if (OF_KEYS.some((kind) => error instanceof kind)) return new SetError('invalid_key', 'not signed by the transmitter')
  if (error instanceof errors.JWTExpired) return malformed('expired')
  if (error instanceof errors.JWTClaimValidationFailed) {
    return malformed(error.claim === 'typ' ? 'typ is not secevent+jwt' : 'a claim that is not good')
  }
  if (error instanceof errors.JOSEError) return malformed('no signed security event token')
  // A key of the transmitter that is too short, or private: what it has signed must not hold up other events.
  return new Unavailable('a key that cannot be used')
}

/** RFC 8417 §2.2: `iat` is required; there is no `exp` to go by. */
function requireCurrent(iat: unknown, { now, clockTolerance, maxAge }: Settings): asserts iat is number {
  if (typeof iat !== 'number' || !Number.isFinite(iat)) throw malformed('iat is missing')
  if (iat > now() + clockTolerance) throw malformed('iat is in the future')
  if (iat < now() - maxAge - clockTolerance) throw malformed('too old')
}

/**
 * When something happened: not after now. A time in the future would revoke tokens that are not issued yet, and one in
 * milliseconds those of the next fifty thousand years.
 */
export function pastTime(time: unknown, { now, clockTolerance }: Settings): number {
  const isGood = typeof time === 'number' && time >= 0 && time <= now() + clockTolerance
  if (!isGood) throw malformed('a time of the event that is no time, or in the future')
  return time
}

function eventsOf(events: unknown): SecurityEventToken['events'] {
  if (!isObject(events)) throw malformed('events is missing')
  const types = Object.keys(events)
  if (types.length === 0 || types.length > MAX_EVENTS) throw malformed(`want one to ${MAX_EVENTS} events`)
  return types.map((type) => {
    const payload = member(events, type)
    if (!isObject(payload)) throw malformed('an event that is no object')
    return [type, payload] as const
  })
}

export function malformed(message: string): SetError {
  return new SetError('invalid_request', message)
}
