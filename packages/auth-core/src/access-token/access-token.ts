import type { Algorithm } from '../algorithms.js'
import { MalformedJwsError, parseCompactJws } from '../compact-jws.js'
import type { CompactJws, JsonObject } from '../compact-jws.js'
import { MAX_TOKEN_LENGTH } from '../credentials.js'
import { verifySignature } from '../crypto/web.js'
import { refusal } from '../errors.js'
import type { IssuerKeys, TrustedIssuers } from '../issuer/trusted-issuers.js'
import { verifyClaims } from './claims.js'
import type { AccessTokenClaims } from './claims.js'
import { quote } from '../quote.js'

/** An access token that passed every check but those of the request: binding, proof and requirements. */
export interface VerifiedAccessToken {
  readonly header: JsonObject
  readonly claims: AccessTokenClaims
}

/** What tokens are held against. */
export interface AccessTokenPolicy {
  readonly issuers: TrustedIssuers
  readonly tokenProfile: 'any' | 'rfc9068'
  /** Seconds. */
  readonly clockTolerance: number
  /** Seconds since the epoch. */
  readonly now: () => number
}

/**
 * Verifies an access token: issuer, type, algorithm, key, signature, claims (RFC 7519 §7.2, RFC 8725 §3, RFC 9068 §4).
 *
 * This does NOT check that the sender holds the key that the token is bound to, nor any scope.
 *
 * @throws {AuthError} `token_invalid`, `token_expired`, `issuer_unavailable`, `issuer_timeout`
 */
export async function verifyAccessToken(text: string, policy: AccessTokenPolicy): Promise<VerifiedAccessToken> {
  const jws = parse(text)
  const { trusted, keySet } = await selectIssuer(jws, policy.issuers)
  requireType(jws.header['typ'], policy.tokenProfile)
  const algorithm = requireAlgorithm(jws.header['alg'], trusted.algorithms)
  const key = await keySet.find(keyIdentifier(jws.header['kid']), algorithm)
  if (key === undefined) throw refusal('token_invalid', `issuer has no ${algorithm} key ${quote(jws.header['kid'])}`)
  if (!(await verifySignature(text, key, algorithm))) throw refusal('token_invalid', 'signature does not match')
  const claims = verifyClaims(jws.payload, {
    audience: trusted.audience,
    now: policy.now(),
    clockTolerance: policy.clockTolerance,
    tokenProfile: policy.tokenProfile,
  })
  return { header: jws.header, claims }
}

function parse(text: string): CompactJws {
  if (text.length > MAX_TOKEN_LENGTH) throw refusal('token_too_large', `${text.length} characters`)
  try {
    return parseCompactJws(text)
  } catch (error) {
    if (error instanceof MalformedJwsError) throw refusal('token_invalid', `not a JWT: ${error.message}`)
    throw error
  }
}

/** The unverified `iss` only selects among the trusted issuers; the signature then proves it. */
async function selectIssuer(jws: CompactJws, issuers: TrustedIssuers): Promise<IssuerKeys> {
  const { iss } = jws.payload
  const selected = typeof iss === 'string' ? await issuers.select(iss) : undefined
  if (selected === undefined) throw refusal('token_invalid', `iss is ${quote(iss)}, which is not a trusted issuer`)
  return selected
}

const TYPES: Readonly<Record<AccessTokenPolicy['tokenProfile'], readonly unknown[]>> = {
  // RFC 9068 §4: only these two.
  rfc9068: ['at+jwt', 'application/at+jwt'],
  // Auth0's own profile says JWT, and RFC 7519 §5.1 makes it optional.
  any: ['at+jwt', 'application/at+jwt', 'jwt', undefined],
}

/** Any other kind of JWT, such as a logout token or a proof, is not an access token (RFC 8725 §3.11). */
function requireType(typ: unknown, profile: AccessTokenPolicy['tokenProfile']): void {
  // RFC 7515 §4.1.9: a media type, compared without regard to case.
  const type = typeof typ === 'string' ? typ.toLowerCase() : typ
  if (!TYPES[profile].includes(type))
    throw refusal('token_invalid', `typ is ${quote(typ)}, not that of an access token`)
}

/** RFC 8725 §3.1: the issuer's settings decide which algorithms there are, never the token. */
function requireAlgorithm(alg: unknown, accepted: readonly Algorithm[]): Algorithm {
  const algorithm = accepted.find((one) => one === alg)
  if (algorithm === undefined) throw refusal('token_invalid', `alg is ${quote(alg)}, accepted is ${accepted.join(' ')}`)
  return algorithm
}

function keyIdentifier(kid: unknown): string | undefined {
  if (kid !== undefined && typeof kid !== 'string') throw refusal('token_invalid', 'kid is not a string')
  return kid
}
