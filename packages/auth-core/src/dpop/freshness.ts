import { isPending } from '../util/maybe-promise.js'
import type { MaybePromise } from '../util/maybe-promise.js'
import { refusal } from '../outcome/errors.js'
import type { Nonces } from './nonce.js'

/** How it is judged whether a proof was made just now. Durations and times are seconds. */
export interface FreshnessPolicy {
  readonly proofMaxAge: number
  readonly clockTolerance: number
  /** Undefined: the `nonce` of a proof is not looked at. */
  readonly nonces: Nonces | undefined
  readonly now: () => number
}

/** The claims of a proof that are times, of whatever type. */
export interface ProofTimes {
  readonly iat?: unknown
  readonly exp?: unknown
  readonly nbf?: unknown
}

/**
 * Check 11 of RFC 9449 §4.3, but for the age where nonces may decide on that; and `exp` and `nbf` where a client puts them
 * into its proofs, which RFC 7519 §4.1.4 and §4.1.5 have no way around.
 *
 * @returns iat
 * @throws {AuthError} `proof_malformed`, `proof_time`
 */
export function requireTimes({ iat, exp, nbf }: ProofTimes, policy: FreshnessPolicy): number {
  if (typeof iat !== 'number') throw refusal('proof_malformed', `iat is ${iat === undefined ? 'missing' : 'no number'}`)
  const problem = policy.nonces === undefined ? ageProblem(iat, policy) : undefined
  if (problem !== undefined) throw refusal('proof_time', problem)
  if (exp !== undefined || nbf !== undefined) requireValidity(exp, nbf, policy)
  return iat
}

function ageProblem(iat: number, { proofMaxAge, clockTolerance, now }: FreshnessPolicy): string | undefined {
  const age = now() - iat
  // Written so that a number that is not comparable fails.
  if (age <= proofMaxAge + clockTolerance && age >= -clockTolerance) return undefined
  if (age < 0) return `iat is ${figure(-age)} s ahead; tolerance ${clockTolerance} s`
  return `iat is ${figure(age)} s ago; proofMaxAge ${proofMaxAge} s, tolerance ${clockTolerance} s`
}

function requireValidity(exp: unknown, nbf: unknown, { clockTolerance, now }: FreshnessPolicy): void {
  const time = now()
  if (exp !== undefined) {
    if (!isTime(exp)) throw refusal('proof_malformed', 'exp is no time')
    // RFC 7519 §4.1.4: not on that moment either.
    if (time >= exp + clockTolerance) {
      throw refusal('proof_time', `exp was ${figure(time - exp)} s ago; tolerance ${clockTolerance} s`)
    }
  }
  if (nbf === undefined) return
  if (!isTime(nbf)) throw refusal('proof_malformed', 'nbf is no time')
  if (time < nbf - clockTolerance) {
    throw refusal('proof_time', `nbf is ${figure(nbf - time)} s ahead; tolerance ${clockTolerance} s`)
  }
}

/** JSON has numbers that are too large for a double: `1e999` is read as Infinity. */
function isTime(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value)
}

/** To the millisecond: 30.001 s are more than a tolerance of 30 s. */
function figure(seconds: number): number {
  return Math.ceil(seconds * 1000) / 1000
}

/** What is found of a proof that is fresh. Times are seconds since the epoch. */
export interface Freshness {
  /** When this server can no longer accept the proof. */
  readonly until: number
  /** Until when its use is remembered: no earlier. */
  readonly keptUntil: number
  readonly nextNonce: string | undefined
}

/**
 * Checks 10 and 11 (RFC 9449 §4.3, §9). A nonce that is there decides alone, whatever `iat` says: a proof that could be
 * accepted by either would be accepted again by the other, when the replay store has let go of it.
 */
export function requireFresh(nonce: unknown, iat: number, policy: FreshnessPolicy): MaybePromise<Freshness> {
  const { nonces, proofMaxAge, clockTolerance } = policy
  if (nonces !== undefined) {
    if (nonce !== undefined) return requireNonce(nonce, iat, nonces, policy)
    const problem = nonces.mode === 'required' ? 'the proof has no nonce' : ageProblem(iat, policy)
    if (problem !== undefined) return demandNonce(nonces, 'nonce_required', problem)
  }
  const until = iat + proofMaxAge + clockTolerance
  // Where this server does not look at nonces, another replica may: it goes by the nonce, which may be new.
  const keptUntil = nonce === undefined ? until : Math.max(until, policy.now() + proofMaxAge + clockTolerance)
  return { until, keptUntil, nextNonce: undefined }
}

/** No promise unless one is needed, since most proofs have a nonce that was seen before. */
function requireNonce(nonce: unknown, iat: number, nonces: Nonces, policy: FreshnessPolicy): MaybePromise<Freshness> {
  const settle = (until: number | undefined): MaybePromise<Freshness> => {
    if (until === undefined) return demandNonce(nonces, 'nonce_stale', nonces.problemOf(nonce))
    const keptUntil = Math.max(until, endByIssuedAt(iat, policy))
    if (!nonces.isAgeing(until)) return { until, keptUntil, nextNonce: undefined }
    const next = nonces.current()
    return isPending(next)
      ? next.then((nextNonce) => ({ until, keptUntil, nextNonce }))
      : { until, keptUntil, nextNonce: next }
  }
  const expiry = nonces.expiryOf(nonce)
  return isPending(expiry) ? expiry.then(settle) : settle(expiry)
}

/**
 * When a replica that knows no nonces (yet) stops accepting a proof: while they are rolled out, both judge the same
 * proofs. Bounded, since `iat` is the client's word: a proof from the far future would take its room for as long.
 */
function endByIssuedAt(iat: number, { proofMaxAge, clockTolerance, now }: FreshnessPolicy): number {
  return Math.min(iat, now() + clockTolerance) + proofMaxAge + clockTolerance
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
