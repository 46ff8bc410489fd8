import { isPending } from '../maybe-promise.js'
import type { MaybePromise } from '../maybe-promise.js'
import { refusal } from '../errors.js'
import type { Nonces } from './nonce.js'

/** How it is judged whether a proof was made just now. Durations and times are seconds. */
export interface FreshnessPolicy {
  readonly proofMaxAge: number
  readonly clockTolerance: number
  /** Undefined: the `nonce` of a proof is not looked at. */
  readonly nonces: Nonces | undefined
  readonly now: () => number
}

/** Check 11 of RFC 9449 §4.3, but for the time where nonces may decide on that. @throws {AuthError} `proof_*` */
export function requireIssuedAt(iat: unknown, policy: FreshnessPolicy): number {
  if (typeof iat !== 'number') throw refusal('proof_malformed', 'iat is not a number')
  const problem = policy.nonces === undefined ? timeProblem(iat, policy) : undefined
  if (problem !== undefined) throw refusal('proof_time', problem)
  return iat
}

function timeProblem(iat: number, { proofMaxAge, clockTolerance, now }: FreshnessPolicy): string | undefined {
  const age = now() - iat
  // Written so that a number that is not comparable fails.
  if (age <= proofMaxAge + clockTolerance && age >= -clockTolerance) return undefined
  return `iat is ${Math.round(age)} s before now, accepted is ${-clockTolerance} to ${proofMaxAge + clockTolerance}`
}

/** What is found of a proof that is fresh. */
export interface Freshness {
  /** When the proof can no longer be accepted. */
  readonly until: number
  readonly nextNonce: string | undefined
}

/**
 * Checks 10 and 11 (RFC 9449 §4.3, §9). A nonce that is there decides alone, whatever `iat` says: a proof that could be
 * accepted by either would be accepted again by the other, when the replay store has let go of it.
 */
export function requireFresh(nonce: unknown, iat: number, policy: FreshnessPolicy): MaybePromise<Freshness> {
  const { nonces, proofMaxAge, clockTolerance } = policy
  if (nonces !== undefined) {
    if (nonce !== undefined) return requireNonce(nonce, nonces)
    const problem = nonces.mode === 'required' ? 'the proof has no nonce' : timeProblem(iat, policy)
    if (problem !== undefined) return demandNonce(nonces, 'nonce_required', problem)
  }
  return { until: iat + proofMaxAge + clockTolerance, nextNonce: undefined }
}

/** No promise unless one is needed, since most proofs have a nonce that was seen before. */
function requireNonce(nonce: unknown, nonces: Nonces): MaybePromise<Freshness> {
  const settle = (until: number | undefined): MaybePromise<Freshness> => {
    if (until === undefined) return demandNonce(nonces, 'nonce_stale', 'nonce is too old, or not of this server')
    if (!nonces.isAgeing(until)) return { until, nextNonce: undefined }
    const next = nonces.current()
    return isPending(next) ? next.then((nextNonce) => ({ until, nextNonce })) : { until, nextNonce: next }
  }
  const expiry = nonces.expiryOf(nonce)
  return isPending(expiry) ? expiry.then(settle) : settle(expiry)
}

/**
 * Once more, when the replay store has answered. A store that looked at the clock a moment later, or was slow, may have
 * let go of the proof by then, and says that it is new: it must not be accepted any more.
 *
 * @returns nothing when it is still fresh; else what rejects
 * @throws {AuthError} `proof_time`
 */
export function requireStillFresh(
  { until }: Freshness,
  nonce: unknown,
  { nonces, now }: FreshnessPolicy,
): Promise<never> | undefined {
  if (now() <= until) return undefined
  const problem = 'too old by the time that the replay store had answered'
  if (nonces === undefined) throw refusal('proof_time', problem)
  return demandNonce(nonces, nonce === undefined ? 'nonce_required' : 'nonce_stale', problem)
}

/** RFC 9449 §9: the client shall come again with a nonce, and gets one. */
async function demandNonce(nonces: Nonces, reason: 'nonce_required' | 'nonce_stale', detail: string): Promise<never> {
  throw refusal(reason, detail, { nonce: await nonces.current() })
}
