import { refusal } from '../outcome/errors.js'
import type { AuthError } from '../outcome/errors.js'
import type { Explanations } from '../outcome/explanations.js'
import type { JsonObject } from '../crypto/compact-jws.js'
import { quote, stated } from '../util/quote.js'
import type { TrustedIssuer } from '../issuer/issuer-options.js'
import { refuseOtherKinds } from './token-kind.js'

/** The claims of a verified access token (RFC 7519 §4.1, RFC 9068 §2.2), frozen. Others by name, as `unknown`. */
export interface AccessTokenClaims extends JsonObject {
  readonly iss: string
  /** Missing only where the issuer's `audienceFrom` says what stands in for it. */
  readonly aud?: string | readonly string[]
  /** Seconds since the epoch. */
  readonly exp: number
  readonly nbf?: number
  readonly iat?: number
  readonly sub?: string
  readonly scope?: string | readonly string[]
}

/** What the claims are held against. Times are seconds since the epoch, tolerance seconds. */
export interface ClaimsPolicy {
  readonly issuer: Pick<TrustedIssuer, 'audience' | 'audienceFrom' | 'shape' | 'tenants' | 'requireClaims'>
  readonly now: number
  readonly clockTolerance: number
  /** The greatest age, counted from `iat`. */
  readonly maxTokenAge?: number | undefined
  readonly tokenProfile: 'any' | 'rfc9068'
  readonly explain?: Explanations | undefined
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
  // RFC 8725 §3.11: of the kinds of JWT that the issuer makes, an access token.
  refuseOtherKinds(claims)
  requireAudience(claims, policy.issuer, policy.explain)
  policy.issuer.requireClaims?.(claims, policy.issuer)
  if (policy.tokenProfile === 'rfc9068') requireRfc9068(claims)
  requireTime(claims, policy)
  return claims
}

/** Types of the registered claims; a wrong one is refused, not ignored. */
function requireTypes(claims: JsonObject): asserts claims is AccessTokenClaims {
  const { iss, exp, nbf, iat, sub, jti, scope } = claims
  if (typeof iss !== 'string') throw invalid(`${stated('iss', iss)}, want text`)
  if (!isTime(exp)) throw invalid(`${stated('exp', exp)}, want ${TIME}`)
  if (nbf !== undefined && !isTime(nbf)) throw invalid(`${stated('nbf', nbf)}, want ${TIME}`)
  if (iat !== undefined && !isTime(iat)) throw invalid(`${stated('iat', iat)}, want ${TIME}`)
  if (sub !== undefined && typeof sub !== 'string') throw invalid(`${stated('sub', sub)}, want text`)
  if (jti !== undefined && typeof jti !== 'string') throw invalid(`${stated('jti', jti)}, want text`)
  if (scope !== undefined && typeof scope !== 'string' && !isTextList(scope)) {
    throw invalid(`${stated('scope', scope)}, want text or a list of texts`)
  }
}

const TIME = 'seconds since the epoch'

/** RFC 7519 §4.1.3: this API must be among the audience. */
export function requireAudience(
  claims: JsonObject,
  { audience: accepted, audienceFrom }: Pick<ClaimsPolicy['issuer'], 'audience' | 'audienceFrom'>,
  explain: Explanations | undefined,
): void {
  const { aud } = claims
  // See `requireIssuerClaims`.
  if (aud === undefined && audienceFrom !== undefined) return
  const audience: unknown = typeof aud === 'string' ? [aud] : aud
  if (!isTextList(audience) || !audience.some((one) => accepted.includes(one))) {
    throw invalid(`${stated('aud', aud)}, accepted is ${list(accepted)}${explain?.audience(claims, accepted) ?? ''}`)
  }
}

/** Values that are accepted, for a message. */
export function list(accepted: readonly string[]): string {
  return accepted.length === 0 ? 'none' : accepted.map(quote).join(' ')
}

/** RFC 9068 §2.2. The header's `typ` is checked where the header is. */
export function requireRfc9068(claims: JsonObject): void {
  for (const name of ['sub', 'client_id', 'jti']) {
    if (typeof claims[name] !== 'string') throw invalid(`${stated(name, claims[name])}, RFC 9068 requires text`)
  }
  if (claims['iat'] === undefined) throw invalid('iat is missing, which RFC 9068 requires')
}

/** RFC 7519 §4.1.4–4.1.6. Also asked again whenever a verified token is taken from a cache. */
export function requireTime(
  { exp, nbf, iat }: AccessTokenClaims,
  { now, clockTolerance, maxTokenAge }: Pick<ClaimsPolicy, 'now' | 'clockTolerance' | 'maxTokenAge'>,
): void {
  const expired = expiry(exp, now, clockTolerance)
  if (expired !== undefined) throw expired
  if (nbf !== undefined && now + clockTolerance < nbf) throw invalid(ahead('nbf', nbf, now, clockTolerance))
  if (iat !== undefined && now + clockTolerance < iat) throw invalid(ahead('iat', iat, now, clockTolerance))
  if (maxTokenAge !== undefined) requireAge(iat, now, maxTokenAge + clockTolerance)
}

/** A token of unknown age may be of any. */
function requireAge(iat: number | undefined, now: number, most: number): void {
  if (iat === undefined) throw invalid('iat is missing, which maxTokenAge counts from')
  if (now - iat > most)
    throw refusal('token_expired', `iat is ${figure(now - iat)} s ago; maxTokenAge and tolerance ${most} s`)
}

function ahead(name: string, time: number, now: number, clockTolerance: number): string {
  return `${name} is ${figure(time - now)} s ahead; tolerance ${clockTolerance} s`
}

/** Seconds, to the tenth where a whole number would hide by how little a time is off. */
function figure(value: number): number {
  return value < 10 ? Math.round(value * 10) / 10 : Math.round(value)
}

/**
 * Of a claim that need not be a time, and need not be verified: it can only refuse. Returned, since a function that does
 * nothing but throw is never optimised, and most refusals are for this.
 */
export function expiry(exp: unknown, now: number, clockTolerance: number): AuthError | undefined {
  if (!isTime(exp) || now < exp + clockTolerance) return undefined
  return refusal('token_expired', `expired ${figure(now - exp)} s ago; tolerance ${clockTolerance} s`)
}

function isTime(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value <= MAX_TIME
}

function isTextList(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((one) => typeof one === 'string')
}

export function invalid(detail: string): AuthError {
  return refusal('token_invalid', detail)
}
