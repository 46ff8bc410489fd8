import { requireAudience, requireRfc9068, requireTime } from '../access-token/claims.js'
import { requireAlgorithm, requireType } from '../access-token/header.js'
import { unmetRequirement } from '../authorization/unmet-requirement.js'
import type { Requirements } from '../authorization/requirement-types.js'
import { parseCompactJws } from '../crypto/compact-jws.js'
import type { DecisionPolicy } from '../decide.js'
import { requireTimes } from '../dpop/freshness.js'
import { requireProofHeader } from '../dpop/proof.js'
import type { AuthContext } from '../outcome/auth-context.js'
import { isAuthError, refusal } from '../outcome/errors.js'
import type { AuthError } from '../outcome/errors.js'
import { headerValues } from '../request/resource-request.js'
import type { ResourceRequest } from '../request/resource-request.js'
import { isPending } from '../util/maybe-promise.js'
import type { MaybePromise } from '../util/maybe-promise.js'
import { quote } from '../util/quote.js'
import type { ShadowDpopSettings, ShadowSettings } from './shadow-options.js'

/** An accepted request, and what it was accepted by. */
export interface AcceptedRequest {
  readonly request: ResourceRequest
  readonly auth: AuthContext
  readonly decisions: DecisionPolicy
}

type SecondDecision = MaybePromise<AuthError | undefined>

/**
 * Decides on an accepted request by other settings, in the order of the first decision. All that is verified already is taken
 * from there: no signature is verified again, and the replay store is not asked, so that the proof stays used once.
 *
 * @returns what would refuse it
 * @throws whatever a schema or a predicate of the application does
 */
export function decideAgain(settings: ShadowSettings, accepted: AcceptedRequest): SecondDecision {
  const { auth } = accepted
  const refused =
    refusedBy(() => requireToken(settings, accepted)) ??
    (settings.claims === undefined ? undefined : settings.claims(auth.claims).then(() => undefined, asRefusal))
  const rest = (found: AuthError | undefined): SecondDecision =>
    found ?? refusedBy(() => requireProof(settings.dpop, accepted)) ?? unmet(settings.requirements, accepted, settings)
  return isPending(refused) ? refused.then(rest) : rest(refused)
}

/** What a route would require beside its own requirements. */
export function unmet(
  wanted: Requirements | undefined,
  { request, auth, decisions: { token, grantedScopes } }: AcceptedRequest,
  settings?: ShadowSettings,
): SecondDecision {
  if (wanted === undefined) return undefined
  const clockTolerance = settings?.clockTolerance ?? token.clockTolerance
  const judged = { now: token.now(), clockTolerance, request, grantedScopes }
  try {
    const answer = unmetRequirement(auth, wanted, judged)
    return isPending(answer) ? answer.then(undefined, asRefusal) : answer
  } catch (error) {
    return asRefusal(error)
  }
}

/** @throws {AuthError} `dpop_required`, `dpop_disabled`, `token_invalid`, `token_expired` */
function requireToken(settings: ShadowSettings, { auth, decisions: { token } }: AcceptedRequest): void {
  const { scheme, header, claims, issuer } = auth
  const { dpop, issuers, algorithms, audience, tokenProfile, maxTokenAge } = settings
  if (dpop?.mode === 'required' && scheme === 'Bearer') throw refusal('dpop_required', 'Bearer is not accepted here')
  if (dpop?.mode === 'disabled' && scheme === 'DPoP') throw refusal('dpop_disabled', 'dpop.mode is disabled')
  if (issuers !== undefined && !issuers.includes(issuer)) {
    throw refusal('token_invalid', `iss is ${quote(issuer)}; want a trusted issuer`)
  }
  // One that its issuer was asked about has no header.
  const hasHeader = header['alg'] !== undefined
  if (tokenProfile !== undefined && hasHeader) requireType(header['typ'], tokenProfile)
  if (algorithms !== undefined && hasHeader) requireAlgorithm(header['alg'], algorithms)
  // Without `aud`, its issuer's `audienceFrom` has let it pass, which stays.
  if (audience !== undefined && claims.aud !== undefined) {
    requireAudience(claims, { audience, audienceFrom: undefined }, token.explain)
  }
  if (tokenProfile !== undefined) requireRfc9068(claims)
  const { clockTolerance = token.clockTolerance } = settings
  if (clockTolerance !== token.clockTolerance || maxTokenAge !== undefined) {
    requireTime(claims, { now: token.now(), clockTolerance, maxTokenAge })
  }
}

/** Of a proof whose signature was verified. @throws {AuthError} `proof_malformed`, `proof_time` */
function requireProof(dpop: ShadowDpopSettings | undefined, { request, auth, decisions }: AcceptedRequest): void {
  if (dpop === undefined || auth.scheme !== 'DPoP') return
  const { algorithms, proofMaxAge, clockTolerance } = dpop
  if (algorithms === undefined && proofMaxAge === undefined) return
  const [proof] = headerValues(request, 'dpop')
  // It came with a ticket, which was bought with one.
  if (proof === undefined) return
  const { header, payload } = parseCompactJws(proof)
  if (algorithms !== undefined) requireProofHeader(header, algorithms)
  if (proofMaxAge === undefined || clockTolerance === undefined) return
  requireTimes(payload, { proofMaxAge, clockTolerance, nonces: undefined, now: decisions.token.now })
}

function refusedBy(check: () => void): AuthError | undefined {
  try {
    check()
    return undefined
  } catch (error) {
    return asRefusal(error)
  }
}

/** A fault stays one. */
function asRefusal(error: unknown): AuthError {
  if (isAuthError(error)) return error
  throw error
}
