import { errors, jwtVerify } from 'jose'
import type { JWTPayload, JWTVerifyGetKey } from 'jose'

import { fetchBounded } from '../http/fetch-bounded.js'
import { ALGORITHMS } from '../http/issuer-keys.js'
import { isObject, member } from '../http/text.js'
import { Unavailable } from '../http/unavailable.js'
import { inflate } from './inflate.js'
import type { Settings } from './options.js'

/** A Token Status List that is proven. */
export interface StatusList {
  readonly bits: 1 | 2 | 4 | 8
  readonly bytes: Uint8Array
  /** Seconds for which it may be used. */
  readonly ttl: number
  /** Seconds since the epoch; `Infinity` where it does not tell. */
  readonly expiresAt: number
}

/** A list that came, and proves nothing. */
export class NotProven extends Unavailable {
  override readonly name: string = 'NotProven'
}

// Bytes of a Status List Token.
const MAX_TOKEN = 10 * 1024 * 1024

/**
 * Fetches and verifies a list (draft-ietf-oauth-status-list §8.3).
 *
 * @throws {NotProven}
 * @throws {Unavailable}
 */
export async function fetchList(
  uri: string,
  issuer: string,
  keys: JWTVerifyGetKey,
  settings: Settings,
): Promise<StatusList> {
  const { fetch, timeout } = settings
  const asked = { url: uri, fetch, timeout, most: MAX_TOKEN, accept: 'application/statuslist+jwt' }
  const { type, bytes } = await fetchBounded(asked)
  if (type !== 'application/statuslist+jwt') throw new NotProven('not application/statuslist+jwt')
  const claims = await verified(new TextDecoder().decode(bytes).trim(), keys, settings)
  const { iss, sub, iat, exp = Infinity } = claims
  // §5.1: the list of another place, however well signed, has other tokens.
  if (sub !== uri) throw new NotProven('the list of another uri')
  if (iss !== undefined && iss !== issuer) throw new NotProven('the list of another issuer')
  if (typeof iat !== 'number' || iat > settings.now() + settings.clockTolerance) throw new NotProven('iat is not good')
  const ttl = ttlOf(member(claims, 'ttl'), settings)
  return { ...(await listOf(member(claims, 'status_list'))), ttl, expiresAt: exp + settings.clockTolerance }
}

async function verified(text: string, keys: JWTVerifyGetKey, settings: Settings): Promise<JWTPayload> {
  try {
    const { payload } = await jwtVerify(text, keys, {
      algorithms: [...ALGORITHMS],
      // RFC 8725 §3.11: another kind of JWT of the same issuer is no list.
      typ: 'statuslist+jwt',
      clockTolerance: settings.clockTolerance,
      currentDate: new Date(settings.now() * 1000),
    })
    return payload
  } catch (error) {
    if (error instanceof Unavailable || !(error instanceof errors.JOSEError)) throw error
    throw new NotProven(error instanceof errors.JWTExpired ? 'expired' : 'not a list that is signed by the issuer')
  }
}

function ttlOf(ttl: unknown, { ttl: preset, maxTtl }: Settings): number {
  if (ttl === undefined) return Math.min(preset, maxTtl)
  // §5.1: a positive number.
  if (typeof ttl !== 'number' || !(ttl > 0)) throw new NotProven('ttl is not good')
  return Math.min(Math.max(1, ttl), maxTtl)
}

async function listOf(list: unknown): Promise<{ bits: StatusList['bits']; bytes: Uint8Array }> {
  if (!isObject(list)) throw new NotProven('status_list is missing')
  const [bits, text] = [member(list, 'bits'), member(list, 'lst')]
  if (bits !== 1 && bits !== 2 && bits !== 4 && bits !== 8) throw new NotProven('bits is not 1, 2, 4 or 8')
  const bytes = typeof text === 'string' ? await inflate(text) : undefined
  if (bytes === undefined) throw new NotProven('lst is no compressed list, or too large')
  return { bits, bytes }
}

/** The status at a place; `undefined` beyond the end. The first is in the lowest bits of the first byte (§4.1). */
export function statusAt({ bits, bytes }: StatusList, index: number): number | undefined {
  const perByte = 8 / bits
  const byte = bytes[Math.floor(index / perByte)]
  return byte === undefined ? undefined : (byte >> ((index % perByte) * bits)) & (2 ** bits - 1)
}
