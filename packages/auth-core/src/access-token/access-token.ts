import { freezeJson, MalformedJwsError, parseCompactJws } from '../crypto/compact-jws.js'
import type { CompactJws, JsonObject } from '../crypto/compact-jws.js'
import { isMalformedToken, MAX_TOKEN_LENGTH } from '../request/credentials.js'
import type { SignatureScheduling } from '../crypto/types.js'
import { refusal } from '../outcome/errors.js'
import type { AuthError } from '../outcome/errors.js'
import type { Explanations } from '../outcome/explanations.js'
import type { IssuerKeys, TrustedIssuers } from '../issuer/trusted-issuers-types.js'
import type { Revocation } from '../revocation/revocation.js'
import { isPending } from '../util/maybe-promise.js'
import type { MaybePromise } from '../util/maybe-promise.js'
import { expiry, requireTime, verifyClaims } from './claims.js'
import type { ClaimsCheck } from './claims-schema.js'
import { keyIdentifier, requireAlgorithm, requireType } from './header.js'
import type { TokenProfile } from './header.js'
import type { OpaqueTokens } from './opaque-tokens.js'
import type { ParsedHeaders } from './parsed-headers.js'
import type { PresentedToken, RememberedToken, TokenCache } from './token-cache.js'
import { verifyByIssuer } from './signature.js'
import { verifiedAccessToken } from './verified-access-token.js'
import type { VerifiedAccessToken } from './verified-access-token.js'
import { stated } from '../util/quote.js'

/** What tokens are held against. */
export interface AccessTokenPolicy {
  readonly issuers: TrustedIssuers
  readonly tokenProfile: TokenProfile
  /** Seconds. */
  readonly clockTolerance: number
  /** Seconds. */
  readonly maxTokenAge: number | undefined
  readonly checkClaims: ClaimsCheck | undefined
  /** Seconds since the epoch. */
  readonly now: () => number
  readonly signatures: SignatureScheduling
  readonly cache: TokenCache | undefined
  readonly headers: ParsedHeaders
  readonly explain: Explanations | undefined
  /** Those that are verified by asking their issuer. */
  readonly opaque: OpaqueTokens | undefined
  /** Those that were revoked before they expired; undefined where nobody is asked. */
  readonly revocation: Revocation | undefined
}

/**
 * Verifies an access token, and that it was not revoked since. Asked last, so that nobody is asked about a token that is no
 * good.
 *
 * @throws {AuthError} those of {@link verifyPresented}, `token_revoked`, `revocation_unavailable`
 */
export function verifyAccessToken(
  presented: PresentedToken,
  policy: AccessTokenPolicy,
): MaybePromise<VerifiedAccessToken> {
  const verified = verifyPresented(presented, policy)
  const { revocation } = policy
  if (revocation === undefined) return verified
  const held = (token: VerifiedAccessToken): MaybePromise<VerifiedAccessToken> => {
    const revoked = revocation.check(token)
    return isPending(revoked) ? revoked.then(settle) : settle(revoked)
    function settle(error: AuthError | undefined): VerifiedAccessToken {
      if (error === undefined) return token
      if (error.reason === 'token_revoked') policy.cache?.delete(presented)
      throw error
    }
  }
  return isPending(verified) ? verified.then(held) : held(verified)
}

/**
 * Verifies an access token: issuer, type, algorithm, key, signature, claims (RFC 7519 §7.2, RFC 8725 §3, RFC 9068 §4).
 *
 * This does NOT check that the sender holds the key that the token is bound to, nor any scope.
 *
 * @throws {AuthError} `token_invalid`, `token_expired`, `token_too_large`, `credentials_malformed`, `issuer_unavailable`, `issuer_timeout`
 */
function verifyPresented(presented: PresentedToken, policy: AccessTokenPolicy): MaybePromise<VerifiedAccessToken> {
  if (policy.opaque?.takes(presented.token) === true) return policy.opaque.verify(presented.token)
  const cached = policy.cache?.get(presented)
  if (cached === undefined) return verifyAnew(presented, policy)
  if (isPending(cached)) return recall(cached, presented, policy)
  const selected = policy.issuers.select(cached.token.claims.iss)
  if (isPending(selected)) return recall(cached, presented, policy)
  // At once: the promise of an async function would cost a third of the whole decision.
  return isStillGood(cached, selected, policy) ? cached.token : verifyAnew(presented, policy)
}

async function recall(
  cached: MaybePromise<RememberedToken | undefined>,
  presented: PresentedToken,
  policy: AccessTokenPolicy,
): Promise<VerifiedAccessToken> {
  const remembered = await cached
  if (remembered === undefined) return verifyAnew(presented, policy)
  const selected = await policy.issuers.select(remembered.token.claims.iss)
  return isStillGood(remembered, selected, policy) ? remembered.token : verifyAnew(presented, policy)
}

/** Every check, each on its own line. Awaits only what is pending: each promise costs as much as a check. */
async function verifyAnew(presented: PresentedToken, policy: AccessTokenPolicy): Promise<VerifiedAccessToken> {
  const { now, clockTolerance, maxTokenAge, tokenProfile, explain } = policy
  const knownHeader = policy.headers.of(presented.token)
  const jws = parse(presented.token, knownHeader, policy)
  const { header, payload } = jws
  // The unverified `iss` only selects among the trusted issuers; the signature then proves it.
  const selected = typeof payload['iss'] === 'string' ? policy.issuers.select(payload['iss']) : undefined
  const issuer = requireIssuer(isPending(selected) ? await selected : selected, payload, policy)
  requireType(header['typ'], tokenProfile)
  const algorithm = requireAlgorithm(header['alg'], issuer.trusted.algorithms)
  const kid = keyIdentifier(header['kid'])
  // Refusing is cheap, and does not need the issuer: what cannot be good any more is not worth a verification.
  const expired = expiry(payload['exp'], now(), clockTolerance)
  if (expired !== undefined) throw expired
  const key = await verifyByIssuer(jws, { keySet: issuer.keySet, kid, algorithm }, policy)
  const claims = verifyClaims(payload, {
    issuer: issuer.trusted,
    now: now(),
    clockTolerance,
    maxTokenAge,
    tokenProfile,
    explain,
  })
  const token = verifiedAccessToken(header, freezeJson(claims), issuer.trusted.shape)
  if (policy.checkClaims !== undefined) await policy.checkClaims(claims)
  if (knownHeader === undefined) policy.headers.keep(jws)
  const entered = policy.cache?.set(presented, { token, trusted: issuer.trusted, key })
  if (isPending(entered)) await entered
  return token
}

/**
 * Whether verifying a remembered token again would come to the same: its issuer is the same one, with the same settings,
 * and its key is still the one that the issuer has for it.
 *
 * @throws {AuthError} `token_expired`, `token_invalid`: the time is looked at with every hit. Expiry comes before the keys
 * are asked for: an expired token must not start a refresh.
 */
function isStillGood(
  { token, trusted, key }: RememberedToken,
  issuer: IssuerKeys | undefined,
  { now, clockTolerance, maxTokenAge }: AccessTokenPolicy,
): boolean {
  if (issuer?.trusted !== trusted) return false
  const expired = expiry(token.claims.exp, now(), clockTolerance)
  if (expired !== undefined) throw expired
  if (!issuer.keySet.isCurrent(key, keyIdentifier(token.header['kid']))) return false
  requireTime(token.claims, { now: now(), clockTolerance, maxTokenAge })
  return true
}

function parse(text: string, knownHeader: JsonObject | undefined, { explain, issuers }: AccessTokenPolicy): CompactJws {
  if (text.length > MAX_TOKEN_LENGTH) throw refusal('token_too_large', `${text.length} characters`)
  try {
    return parseCompactJws(text, knownHeader)
  } catch (error) {
    if (!(error instanceof MalformedJwsError)) throw error
    const detail = `not a JWT: ${error.message}${explain?.form(text, issuers) ?? ''}`
    throw refusal(isMalformedToken(text) ? 'credentials_malformed' : 'token_invalid', detail)
  }
}

function requireIssuer(
  issuer: IssuerKeys | undefined,
  { iss }: JsonObject,
  { explain, issuers }: AccessTokenPolicy,
): IssuerKeys {
  if (issuer !== undefined) return issuer
  throw refusal('token_invalid', `${stated('iss', iss)}; want a trusted issuer${explain?.issuer(iss, issuers) ?? ''}`)
}
