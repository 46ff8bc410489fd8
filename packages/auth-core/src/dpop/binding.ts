import { MalformedJwsError, parseCompactJws } from '../crypto/compact-jws.js'
import type { JsonObject } from '../crypto/compact-jws.js'
import { isMalformedToken } from '../request/credentials.js'
import type { Credentials } from '../request/credentials.js'
import { refusal } from '../outcome/errors.js'
import type { AuthScheme } from '../outcome/errors.js'
import { isPlainObject } from '../util/json.js'

/**
 * Holds a verified token's confirmation (`cnf`, RFC 7800 §3.1) against how the token was sent.
 *
 * @returns the thumbprint of the key that a proof must be made with, for the DPoP scheme (RFC 9449 §6.1)
 * @throws {AuthError} `token_bound`, `token_unbound`, `token_invalid`, `proof_with_bearer`
 */
export function requireBinding(claims: JsonObject, scheme: AuthScheme, hasProof: boolean): string | undefined {
  const thumbprint = confirmedThumbprint(claims['cnf'])
  if (scheme === 'DPoP') {
    // RFC 9449 §7.1: the access token must be bound to the key of the proof.
    if (thumbprint === undefined) throw refusal('token_unbound', 'no cnf.jkt')
    return thumbprint
  }
  // RFC 9449 §7.2: a bound token sent as Bearer is a downgrade, in every mode.
  if (thumbprint !== undefined) throw refusal('token_bound', 'cnf.jkt, but sent as Bearer')
  if (hasProof) throw refusal('proof_with_bearer', 'the token is not bound')
  return undefined
}

/**
 * Confirmations that are known and cannot be checked here, so that they are not met: those of RFC 7800 §3.2–3.5, RFC 8705
 * §3.1 and RFC 9203 §3.2. The last three are no registered ones, but name a certificate wherever JOSE uses them.
 */
const UNMET: ReadonlySet<string> = new Set(['jwk', 'jwe', 'kid', 'jku', 'x5t#S256', 'osc', 'x5c', 'x5t', 'x5u'])

/** `cnf.jkt`, or undefined for a token that is bound to nothing. */
function confirmedThumbprint(cnf: unknown): string | undefined {
  if (cnf === undefined) return undefined
  if (!isPlainObject(cnf)) throw refusal('token_invalid', 'cnf is not an object')
  for (const name in cnf) {
    if (UNMET.has(name)) throw refusal('token_invalid', `cnf names ${name}, which cannot be checked here`)
  }
  // RFC 7800 §3.1: members that are not understood must be ignored; but what only they confirm is not confirmed.
  const { jkt } = cnf
  if (jkt === undefined) throw refusal('token_invalid', 'cnf has no jkt')
  if (typeof jkt !== 'string' || !/^[A-Za-z0-9_-]{43}$/.test(jkt))
    throw refusal('token_invalid', 'cnf.jkt is not a thumbprint')
  return jkt
}

/**
 * Whether the scheme is accepted. A bound token sent as Bearer is told so in every mode; reading the unverified token for
 * that is safe, since both answers are refusals.
 *
 * @throws {AuthError} `credentials_malformed`, `dpop_disabled`, `dpop_required`, `token_bound`
 */
export function requireScheme({ scheme, token }: Credentials, accepted: readonly AuthScheme[]): void {
  if (accepted.includes(scheme)) return
  if (isMalformedToken(token)) throw refusal('credentials_malformed', 'not one token', { scheme })
  if (scheme === 'DPoP') throw refusal('dpop_disabled', 'dpop.mode is disabled', { scheme })
  throw refusal(claimsToBeBound(token) ? 'token_bound' : 'dpop_required', 'Bearer is not accepted here', { scheme })
}

function claimsToBeBound(token: string): boolean {
  try {
    return Object.hasOwn(parseCompactJws(token).payload, 'cnf')
  } catch (error) {
    if (error instanceof MalformedJwsError) return false
    throw error
  }
}
