import { verifySignature } from '#crypto'

import type { Algorithm } from '../algorithms.js'
import { headerSegment, MalformedJwsError, parseCompactJws } from '../compact-jws.js'
import type { CompactJws, JsonObject } from '../compact-jws.js'
import { isMalformedToken, MAX_TOKEN_LENGTH } from '../credentials.js'
import type { MaybePromise, SignatureScheduling } from '../crypto/types.js'
import { refusal } from '../errors.js'
import type { IssuerKeys, TrustedIssuers } from '../issuer/trusted-issuers.js'
import { detached } from '../lru.js'
import type { LruMap } from '../lru.js'
import { requireNotExpired, requireTime, verifyClaims } from './claims.js'
import type { AccessTokenClaims } from './claims.js'
import type { RememberedToken, TokenCache } from './token-cache.js'
import { quote } from '../quote.js'

/** An access token that passed every check but those of the request: binding, proof and requirements. */
export interface VerifiedAccessToken {
  readonly header: JsonObject
  readonly claims: AccessTokenClaims
  /** `client_id` (RFC 9068 §2.2), or `azp` as Auth0 issues it. */
  readonly clientId: string | undefined
  readonly scopes: readonly string[]
  /** Auth0's `permissions` claim. */
  readonly permissions: readonly string[]
}

/** What tokens are held against. */
export interface AccessTokenPolicy {
  readonly issuers: TrustedIssuers
  readonly tokenProfile: 'any' | 'rfc9068'
  /** Seconds. */
  readonly clockTolerance: number
  /** Seconds since the epoch. */
  readonly now: () => number
  readonly signatures: SignatureScheduling
  readonly cache: TokenCache | undefined
  /** Headers of tokens that were accepted. */
  readonly headers: LruMap<JsonObject>
}

/**
 * Verifies an access token: issuer, type, algorithm, key, signature, claims (RFC 7519 §7.2, RFC 8725 §3, RFC 9068 §4).
 *
 * This does NOT check that the sender holds the key that the token is bound to, nor any scope.
 *
 * @param digest - SHA-256 of the whole text, signature included: what the token is remembered by
 * @throws {AuthError} `token_invalid`, `token_expired`, `token_too_large`, `credentials_malformed`, `issuer_unavailable`, `issuer_timeout`
 */
export async function verifyAccessToken(
  text: string,
  digest: string,
  policy: AccessTokenPolicy,
): Promise<VerifiedAccessToken> {
  const remembered = policy.cache?.get(digest)
  if (remembered !== undefined) {
    const holds = stillHolds(remembered, policy)
    if (holds === true || (await holds)) {
      requireTime(remembered.token.claims, policy.now(), policy.clockTolerance)
      return remembered.token
    }
  }
  const knownHeader = policy.headers.get(headerSegment(text))
  const jws = parse(text, knownHeader)
  const { header } = jws
  // What is at hand is not awaited: each await costs as much as a check.
  const selected = selectIssuer(jws, policy.issuers)
  const issuer = requireIssuer(selected instanceof Promise ? await selected : selected, jws)
  requireType(header['typ'], policy.tokenProfile)
  const algorithm = requireAlgorithm(header['alg'], issuer.trusted.algorithms)
  const kid = keyIdentifier(header['kid'])
  // Refusing is cheap, and does not need the issuer: what cannot be good any more is not worth a verification.
  requireNotExpired(jws.payload['exp'], policy.now(), policy.clockTolerance)
  const found = issuer.keySet.find(kid, algorithm)
  const key = found instanceof Promise ? await found : found
  if (key === undefined) throw refusal('token_invalid', `issuer has no ${algorithm} key ${quote(kid)}`)
  const valid = verifySignature(jws, key, policy.signatures)
  if (!(valid instanceof Promise ? await valid : valid)) throw refusal('token_invalid', 'signature does not match')
  const claims = verifyClaims(jws.payload, {
    audience: issuer.trusted.audience,
    now: policy.now(),
    clockTolerance: policy.clockTolerance,
    tokenProfile: policy.tokenProfile,
  })
  const token = verifiedAccessToken(header, claims)
  if (knownHeader === undefined) policy.headers.set(detached(jws.headerText), header)
  policy.cache?.set(digest, { token, issuer, key, kid })
  return token
}

/**
 * Whether verifying a remembered token again would come to the same, but for the time: its issuer is the same one, with
 * the same settings, and its key is still the one that the issuer has for it.
 */
function stillHolds(remembered: RememberedToken, policy: AccessTokenPolicy): MaybePromise<boolean> {
  const selected = policy.issuers.select(remembered.token.claims.iss)
  if (selected instanceof Promise) return selected.then((issuer) => holdsFor(issuer, remembered, policy))
  return holdsFor(selected, remembered, policy)
}

function holdsFor(
  selected: IssuerKeys | undefined,
  { token, issuer, key, kid }: RememberedToken,
  { now, clockTolerance }: AccessTokenPolicy,
): boolean {
  if (selected !== issuer) return false
  // Before the keys are asked for, as for a token that is new: an expired one must not start a refresh either.
  requireNotExpired(token.claims.exp, now(), clockTolerance)
  return issuer.keySet.holds(key, kid)
}

function words(text: string): string[] {
  const list = text.split(' ')
  return list.includes('') ? list.filter((word) => word !== '') : list
}

function verifiedAccessToken(header: JsonObject, claims: AccessTokenClaims): VerifiedAccessToken {
  const { client_id: clientId, azp, permissions, scope } = claims
  return Object.freeze({
    header,
    claims,
    clientId: typeof clientId === 'string' ? clientId : typeof azp === 'string' ? azp : undefined,
    // RFC 6749 §3.3: words separated by spaces; some issuers send a list instead.
    scopes: Object.freeze(typeof scope === 'string' ? words(scope) : [...(scope ?? [])]),
    permissions: Object.freeze(Array.isArray(permissions) ? permissions.filter((one) => typeof one === 'string') : []),
  })
}

function parse(text: string, knownHeader: JsonObject | undefined): CompactJws {
  if (text.length > MAX_TOKEN_LENGTH) throw refusal('token_too_large', `${text.length} characters`)
  try {
    return parseCompactJws(text, knownHeader)
  } catch (error) {
    if (!(error instanceof MalformedJwsError)) throw error
    throw refusal(isMalformedToken(text) ? 'credentials_malformed' : 'token_invalid', `not a JWT: ${error.message}`)
  }
}

/** The unverified `iss` only selects among the trusted issuers; the signature then proves it. */
function selectIssuer({ payload: { iss } }: CompactJws, issuers: TrustedIssuers): MaybePromise<IssuerKeys | undefined> {
  return typeof iss === 'string' ? issuers.select(iss) : undefined
}

function requireIssuer(issuer: IssuerKeys | undefined, { payload: { iss } }: CompactJws): IssuerKeys {
  if (issuer === undefined) throw refusal('token_invalid', `iss is ${quote(iss)}, which is not a trusted issuer`)
  return issuer
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
