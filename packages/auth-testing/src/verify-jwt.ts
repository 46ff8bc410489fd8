import { decodeProtectedHeader } from 'jose/decode/protected_header'
import { compactVerify } from 'jose/jws/compact/verify'
import { importJWK } from 'jose/key/import'
import type { JWK } from 'jose'

import { ALGORITHMS } from './algorithms.js'

/** A JWT whose signature and times are right. */
export interface VerifiedJwt {
  readonly header: Readonly<Record<string, unknown>>
  readonly claims: Readonly<Record<string, unknown>>
}

/** Seconds by which the clocks of others may differ. */
export const CLOCK_TOLERANCE = 60

const COMPACT_JWS = /^[\w-]+\.[\w-]+\.[\w-]+$/

/**
 * Verifies the signature of a JWT with one of the keys, and `exp` and `nbf` where it has them. Nothing else is
 * checked: issuer, audience and type are the caller's.
 *
 * @returns `undefined` for whatever is wrong
 */
export async function verifyJwt(
  token: string,
  keys: readonly unknown[],
  now: number,
): Promise<VerifiedJwt | undefined> {
  if (!COMPACT_JWS.test(token)) return undefined
  for (const key of keys.filter(isJwk)) {
    const verified = await verifyWith(token, key)
    if (verified !== undefined) return isCurrent(verified.claims, now) ? verified : undefined
  }
  return undefined
}

async function verifyWith(token: string, jwk: JWK): Promise<VerifiedJwt | undefined> {
  try {
    const { alg } = decodeProtectedHeader(token)
    const algorithm = Object.keys(ALGORITHMS).find((name) => name === alg && (jwk.alg ?? name) === name)
    if (algorithm === undefined) return undefined
    const { payload, protectedHeader } = await compactVerify(token, await importJWK(jwk, algorithm))
    const claims: unknown = JSON.parse(Buffer.from(payload).toString())
    return isObject(claims) ? { header: { ...protectedHeader }, claims } : undefined
  } catch {
    // A key that cannot be imported, a signature that is not its own, no JSON: none of them is a token.
    return undefined
  }
}

function isCurrent({ exp, nbf }: Readonly<Record<string, unknown>>, now: number): boolean {
  const begun = nbf === undefined || (typeof nbf === 'number' && nbf <= now + CLOCK_TOLERANCE)
  return begun && (exp === undefined || (typeof exp === 'number' && now < exp))
}

function isJwk(entry: unknown): entry is JWK {
  return isObject(entry) && typeof entry['kty'] === 'string' && entry['kty'] !== 'oct'
}

/** Whether it is an object of JSON, and neither a list nor null. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
