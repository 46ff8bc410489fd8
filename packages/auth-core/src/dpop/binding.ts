import { MalformedJwsError, parseCompactJws } from '../crypto/compact-jws.js'
import type { JsonObject } from '../crypto/compact-jws.js'
import { isMalformedToken } from '../request/credentials.js'
import type { Credentials } from '../request/credentials.js'
import { refusal } from '../outcome/errors.js'
import type { AuthScheme } from '../outcome/errors.js'
import { isPlainObject } from '../util/json.js'

/** What a token is bound to: what has still to be shown of whoever sends it. */
export interface Confirmation {
  /** `cnf.jkt`: of the key that a proof must be made with, for the DPoP scheme (RFC 9449 §6.1). */
  readonly thumbprint: string | undefined
  /** `cnf["x5t#S256"]`: of the client's certificate (RFC 8705 §3.1). */
  readonly certificate: string | undefined
}

const NOTHING: Confirmation = Object.freeze({ thumbprint: undefined, certificate: undefined })

/** How a token was sent, and what can be checked here. */
interface Presented {
  readonly scheme: AuthScheme
  readonly hasProof: boolean
  /** Undefined where certificates cannot be checked. */
  readonly certificates: { readonly required: boolean } | undefined
}

/**
 * Holds a verified token's confirmation (`cnf`, RFC 7800 §3.1) against how the token was sent.
 *
 * @throws {AuthError} `token_bound`, `token_unbound`, `token_invalid`, `proof_with_bearer`, `certificate_unbound`
 */
export function requireBinding(claims: JsonObject, { scheme, hasProof, certificates }: Presented): Confirmation {
  const confirmation = confirmationOf(claims['cnf'], certificates !== undefined)
  const { thumbprint, certificate } = confirmation
  if (scheme === 'DPoP') {
    // RFC 9449 §7.1: the access token must be bound to the key of the proof.
    if (thumbprint === undefined) throw refusal('token_unbound', 'no cnf.jkt')
    return confirmation
  }
  // RFC 9449 §7.2: a bound token sent as Bearer is a downgrade, in every mode.
  if (thumbprint !== undefined) throw refusal('token_bound', 'cnf.jkt, but sent as Bearer')
  if (hasProof) throw refusal('proof_with_bearer', 'the token is not bound to a key')
  if (certificates?.required === true && certificate === undefined)
    throw refusal('certificate_unbound', 'no cnf.x5t#S256, and mtls.required')
  return confirmation
}

/**
 * Confirmations that are known and cannot be checked here, so that they are not met: those of RFC 7800 §3.2–3.5 and RFC 9203
 * §3.2. The last three are no registered ones, but name a certificate wherever JOSE uses them.
 */
const UNMET: ReadonlySet<string> = new Set(['jwk', 'jwe', 'kid', 'jku', 'osc', 'x5c', 'x5t', 'x5u'])

// RFC 8705 §3.1.
const CERTIFICATE = 'x5t#S256'

function confirmationOf(cnf: unknown, checksCertificates: boolean): Confirmation {
  if (cnf === undefined) return NOTHING
  if (!isPlainObject(cnf)) throw refusal('token_invalid', 'cnf is not an object')
  for (const name in cnf) {
    if (UNMET.has(name) || (name === CERTIFICATE && !checksCertificates)) {
      const hint = name === CERTIFICATE ? ' without the option mtls' : ''
      throw refusal('token_invalid', `cnf names ${name}, which cannot be checked here${hint}`)
    }
  }
  // RFC 7800 §3.1: members that are not understood must be ignored; but what only they confirm is not confirmed.
  const thumbprint = thumbprintIn(cnf, 'jkt')
  const certificate = thumbprintIn(cnf, CERTIFICATE)
  if (thumbprint === undefined && certificate === undefined) {
    throw refusal('token_invalid', checksCertificates ? `cnf has neither jkt nor ${CERTIFICATE}` : 'cnf has no jkt')
  }
  return { thumbprint, certificate }
}

/** SHA-256 in base64url: 32 bytes. */
function thumbprintIn(cnf: JsonObject, name: string): string | undefined {
  const given = cnf[name]
  if (given === undefined) return undefined
  if (typeof given !== 'string' || !/^[A-Za-z0-9_-]{43}$/.test(given))
    throw refusal('token_invalid', `cnf.${name} is not a thumbprint`)
  return given
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

/** To a key: a token that is bound to a certificate alone is sent as Bearer (RFC 8705 §3). */
function claimsToBeBound(token: string): boolean {
  try {
    const { cnf } = parseCompactJws(token).payload
    return cnf !== undefined && !(isPlainObject(cnf) && Object.keys(cnf).join() === CERTIFICATE)
  } catch (error) {
    if (error instanceof MalformedJwsError) return false
    throw error
  }
}
