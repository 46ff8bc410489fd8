import { verifySignature } from '#crypto'

import { freezeJson, headerSegment, MalformedJwsError, parseCompactJws } from '../compact-jws.js'
import type { CompactJws, JsonObject } from '../compact-jws.js'
import { isMalformedToken, MAX_TOKEN_LENGTH } from '../credentials.js'
import type { SignatureScheduling, VerificationKey } from '../crypto/types.js'
import { refusal } from '../errors.js'
import type { IssuerKeys, TrustedIssuers } from '../issuer/trusted-issuers.js'
import { detached } from '../lru.js'
import type { LruMap } from '../lru.js'
import type { MaybePromise } from '../maybe-promise.js'
import { expiry, requireTime, verifyClaims } from './claims.js'
import { keyIdentifier, requireAlgorithm, requireType } from './header.js'
import type { TokenProfile } from './header.js'
import type { RememberedToken, TokenCache, TokenText } from './token-cache.js'
import { verifiedAccessToken } from './verified-access-token.js'
import type { VerifiedAccessToken } from './verified-access-token.js'
import { quote } from '../quote.js'

/** What tokens are held against. */
export interface AccessTokenPolicy {
  readonly issuers: TrustedIssuers
  readonly tokenProfile: TokenProfile
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
 * What is at hand is not awaited, in any of its steps: each promise costs as much as a check.
 *
 * This does NOT check that the sender holds the key that the token is bound to, nor any scope.
 *
 * @throws {AuthError} `token_invalid`, `token_expired`, `token_too_large`, `credentials_malformed`, `issuer_unavailable`, `issuer_timeout`
 */
export function verifyAccessToken(token: TokenText, policy: AccessTokenPolicy): MaybePromise<VerifiedAccessToken> {
  const remembered = policy.cache?.get(token)
  if (remembered === undefined) return verifyAnew(token, policy)
  if (remembered instanceof Promise) return remembered.then((found) => recall(found, token, policy))
  return recall(remembered, token, policy)
}

/** A token that may be remembered, and may no longer hold. */
function recall(
  remembered: RememberedToken | undefined,
  token: TokenText,
  policy: AccessTokenPolicy,
): MaybePromise<VerifiedAccessToken> {
  if (remembered === undefined) return verifyAnew(token, policy)
  const holds = stillHolds(remembered, policy)
  if (holds instanceof Promise) return holds.then((known) => recallIf(known, remembered, { token, policy }))
  return recallIf(holds, remembered, { token, policy })
}

function recallIf(
  holds: boolean,
  remembered: RememberedToken,
  { token, policy }: { readonly token: TokenText; readonly policy: AccessTokenPolicy },
): MaybePromise<VerifiedAccessToken> {
  if (!holds) return verifyAnew(token, policy)
  requireTime(remembered.token.claims, policy.now(), policy.clockTolerance)
  return remembered.token
}

function verifyAnew(text: TokenText, policy: AccessTokenPolicy): MaybePromise<VerifiedAccessToken> {
  const knownHeader = policy.headers.get(headerSegment(text.text))
  const jws = parse(text.text, knownHeader)
  const selected = selectIssuer(jws, policy.issuers)
  const token = { jws, text, newHeader: knownHeader === undefined }
  if (selected instanceof Promise) return selected.then((issuer) => verifyByIssuer(token, issuer, policy))
  return verifyByIssuer(token, selected, policy)
}

interface UnverifiedToken {
  readonly jws: CompactJws
  readonly text: TokenText
  /** Whether no token with that header was accepted before. */
  readonly newHeader: boolean
}

function verifyByIssuer(
  token: UnverifiedToken,
  selected: IssuerKeys | undefined,
  policy: AccessTokenPolicy,
): MaybePromise<VerifiedAccessToken> {
  const { header, payload } = token.jws
  const issuer = requireIssuer(selected, token.jws)
  requireType(header['typ'], policy.tokenProfile)
  const algorithm = requireAlgorithm(header['alg'], issuer.trusted.algorithms)
  const kid = keyIdentifier(header['kid'])
  // Refusing is cheap, and does not need the issuer: what cannot be good any more is not worth a verification.
  const expired = expiry(payload['exp'], policy.now(), policy.clockTolerance)
  if (expired !== undefined) throw expired
  const found = issuer.keySet.find(kid, algorithm)
  if (found instanceof Promise) return found.then((key) => verifyByKey(token, issuer, requireKey(key, token), policy))
  return verifyByKey(token, issuer, requireKey(found, token), policy)
}

function requireKey(key: VerificationKey | undefined, { jws: { header } }: UnverifiedToken): VerificationKey {
  if (key !== undefined) return key
  throw refusal('token_invalid', `issuer has no ${String(header['alg'])} key ${quote(header['kid'])}`)
}

function verifyByKey(
  token: UnverifiedToken,
  issuer: IssuerKeys,
  key: VerificationKey,
  policy: AccessTokenPolicy,
): MaybePromise<VerifiedAccessToken> {
  const valid = verifySignature(token.jws, key, policy.signatures)
  if (valid instanceof Promise) return valid.then((verified) => accept(token, verified, { issuer, key }, policy))
  return accept(token, valid, { issuer, key }, policy)
}

/** The claims of a token whose signature is valid. */
function accept(
  { jws, text, newHeader }: UnverifiedToken,
  valid: boolean,
  verifiedBy: Pick<RememberedToken, 'issuer' | 'key'>,
  policy: AccessTokenPolicy,
): MaybePromise<VerifiedAccessToken> {
  if (!valid) throw refusal('token_invalid', 'signature does not match')
  const claims = verifyClaims(jws.payload, {
    audience: verifiedBy.issuer.trusted.audience,
    now: policy.now(),
    clockTolerance: policy.clockTolerance,
    tokenProfile: policy.tokenProfile,
  })
  const token = verifiedAccessToken(jws.header, freezeJson(claims))
  if (newHeader) policy.headers.set(detached(jws.headerText), jws.header)
  const entered = policy.cache?.set(text, { token, issuer: verifiedBy.issuer, key: verifiedBy.key })
  return entered instanceof Promise ? entered.then(() => token) : token
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
  { token, issuer, key }: RememberedToken,
  { now, clockTolerance }: AccessTokenPolicy,
): boolean {
  if (selected !== issuer) return false
  // Before the keys are asked for, as for a token that is new: an expired one must not start a refresh either.
  const expired = expiry(token.claims.exp, now(), clockTolerance)
  if (expired !== undefined) throw expired
  return issuer.keySet.holds(key, keyIdentifier(token.header['kid']))
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
