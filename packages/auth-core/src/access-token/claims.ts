import { refusal } from '../errors.js'
import type { AuthError } from '../errors.js'
import type { JsonObject } from '../compact-jws.js'
import { quote } from '../quote.js'

/** The claims of a verified access token (RFC 7519 §4.1, RFC 9068 §2.2), frozen. Others by name, as `unknown`. */
export interface AccessTokenClaims extends JsonObject {
  readonly iss: string
  readonly aud: string | readonly string[]
  /** Seconds since the epoch. */
  readonly exp: number
  readonly nbf?: number
  readonly iat?: number
  readonly sub?: string
  readonly scope?: string | readonly string[]
}

/** What the claims are held against. Times are seconds since the epoch, tolerance seconds. */
export interface ClaimsPolicy {
  readonly audience: readonly string[]
  readonly now: number
  readonly clockTolerance: number
  readonly tokenProfile: 'any' | 'rfc9068'
}

// The last second that a Date can hold: beyond it a handler that formats the time would throw.
const MAX_TIME = 8_640_000_000_000

/**
 * Checks the claims of a token whose signature and issuer are verified.
 *
 * @throws {AuthError} `token_expired` for a good token that is too old, `token_invalid` for everything else.
 */
export function verifyClaims(claims: JsonObject, policy: ClaimsPolicy): AccessTokenClaims {
  requireTypes(claims)
  requireAudience(claims.aud, policy.audience)
  if (policy.tokenProfile === 'rfc9068') requireRfc9068(claims)
  requireTime(claims, policy.now, policy.clockTolerance)
  return claims
}

/** Types of the registered claims; a wrong one is refused, not ignored. */
function requireTypes(claims: JsonObject): asserts claims is AccessTokenClaims {
  const { iss, exp, nbf, iat, sub, jti, scope } = claims
  if (typeof iss !== 'string') throw invalid('iss is not a string')
  if (!isTime(exp)) throw invalid('exp is not a time')
  if (nbf !== undefined && !isTime(nbf)) throw invalid('nbf is not a time')
  if (iat !== undefined && !isTime(iat)) throw invalid('iat is not a time')
  if (sub !== undefined && typeof sub !== 'string') throw invalid('sub is not a string')
  if (jti !== undefined && typeof jti !== 'string') throw invalid('jti is not a string')
  if (scope !== undefined && typeof scope !== 'string' && !isTextList(scope)) throw invalid('scope is not text')
}

/** RFC 7519 §4.1.3: this API must be among the audience. */
function requireAudience(aud: unknown, accepted: readonly string[]): void {
  const audience: unknown = typeof aud === 'string' ? [aud] : aud
  if (!isTextList(audience)) throw invalid('aud is not text')
  if (!audience.some((one) => accepted.includes(one))) {
    throw invalid(`aud is ${quote(aud)}, accepted is ${accepted.map(quote).join(' ')}`)
  }
}

/** RFC 9068 §2.2. The header's `typ` is checked where the header is. */
function requireRfc9068(claims: JsonObject): void {
  for (const name of ['sub', 'client_id', 'jti']) {
    if (typeof claims[name] !== 'string') throw invalid(`${name} is missing, which RFC 9068 requires`)
  }
  if (claims['iat'] === undefined) throw invalid('iat is missing, which RFC 9068 requires')
}

/** RFC 7519 §4.1.4–4.1.6. Also asked again whenever a verified token is taken from a cache. */
export function requireTime({ exp, nbf, iat }: AccessTokenClaims, now: number, clockTolerance: number): void {
  const expired = expiry(exp, now, clockTolerance)
  if (expired !== undefined) throw expired
  if (nbf !== undefined && now + clockTolerance < nbf) throw invalid('nbf is in the future')
  if (iat !== undefined && now + clockTolerance < iat) throw invalid('iat is in the future')
}

/**
 * Of a claim that need not be a time, and need not be verified: it can only refuse. Returned, since a function that does
 * nothing but throw is never optimised, and most refusals are for this.
 */
export function expiry(exp: unknown, now: number, clockTolerance: number): AuthError | undefined {
  if (!isTime(exp) || now < exp + clockTolerance) return undefined
  return refusal('token_expired', `expired ${Math.round(now - exp)} s ago`)
}

function isTime(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value <= MAX_TIME
}

function isTextList(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((one) => typeof one === 'string')
}

function invalid(detail: string): AuthError {
  return refusal('token_invalid', detail)
}
