import { isPending } from '../util/maybe-promise.js'
import type { MaybePromise } from '../util/maybe-promise.js'
import { refusal } from '../outcome/errors.js'
import type { Nonces } from './nonce.js'

/** How the age of a proof is judged. Durations are seconds, times are seconds since the epoch. */
export interface FreshnessPolicy {
  readonly proofMaxAge: number
  readonly clockTolerance: number
  /** Undefined when this server uses no nonces: it then ignores `nonce` in proofs. */
  readonly nonces: Nonces | undefined
  readonly now: () => number
}

/** The claims of a proof that should be times. Unchecked. */
export interface ProofTimes {
  readonly iat?: unknown
  readonly exp?: unknown
  readonly nbf?: unknown
}

/**
 * Requires `iat`, and that `exp` and `nbf` hold where a client adds them: RFC 7519 §4.1.4 and §4.1.5 forbid to accept
 * the JWT otherwise. Judges the age by `iat` only on a server without nonces; {@link requireFresh} does where nonces
 * may decide.
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

/** Why `iat` is not acceptable (RFC 9449 §4.3 check 11, §11.1), or undefined if it is. */
function ageProblem(iat: number, { proofMaxAge, clockTolerance, now }: FreshnessPolicy): string | undefined {
  const age = now() - iat
  // A positive test, since all comparisons with NaN are false: it fails here, where `age > max` would let it pass.
  if (age <= proofMaxAge + clockTolerance && age >= -clockTolerance) return undefined
  if (age < 0) return `iat is ${rounded(-age)} s ahead; tolerance ${clockTolerance} s`
  return `iat is ${rounded(age)} s ago; proofMaxAge ${proofMaxAge} s, tolerance ${clockTolerance} s`
}

function requireValidity(exp: unknown, nbf: unknown, { clockTolerance, now }: FreshnessPolicy): void {
  const time = now()
  if (exp !== undefined) {
    if (!isTime(exp)) throw refusal('proof_malformed', 'exp is no time')
    // RFC 7519 §4.1.4: "on or after" the expiration time.
    if (time >= exp + clockTolerance) {
      throw refusal('proof_time', `exp was ${rounded(time - exp)} s ago; tolerance ${clockTolerance} s`)
    }
  }
  if (nbf === undefined) return
  if (!isTime(nbf)) throw refusal('proof_malformed', 'nbf is no time')
  if (time < nbf - clockTolerance) {
    throw refusal('proof_time', `nbf is ${rounded(nbf - time)} s ahead; tolerance ${clockTolerance} s`)
  }
}

/** JSON.parse reads a number beyond the range of a double, such as `1e999`, as Infinity: a proof that never expires. */
function isTime(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value)
}

/** Rounds up to milliseconds for messages, so that 30.0001 s does not read as 30 s, within a tolerance of 30 s. */
function rounded(seconds: number): number {
  return Math.ceil(seconds * 1000) / 1000
}

/** When a fresh proof stops being fresh. Times are seconds since the epoch. */
export interface Freshness {
  /** When this server can no longer accept the proof. */
  readonly until: number
  /** When the replay store may forget the proof: no replica can accept it after that. */
  readonly rememberUntil: number
  /** When the nonce of the proof is ageing: the one to send to the client. */
  readonly nextNonce: string | undefined
}

/**
 * Checks nonce and age (RFC 9449 §4.3 checks 10 and 11, §9). What decides on the age of a proof:
 *
 * | nonces of this server | proof without a nonce                | proof with a nonce   |
 * | --------------------- | ------------------------------------ | -------------------- |
 * | none                  | `iat`, see {@link requireTimes}      | `iat`, the same      |
 * | mode `heal`           | `iat`; too old or new: needs a nonce | the nonce, not `iat` |
 * | mode `required`       | needs a nonce                        | the nonce, not `iat` |
 *
 * A nonce overrides `iat` and never adds to it. If either could make a proof acceptable, a proof would be accepted by
 * one of them, forgotten by the replay store at its end, and be accepted again by the other.
 *
 * @throws {AuthError} `nonce_required`, `nonce_stale`
 */
export function requireFresh(nonce: unknown, iat: number, policy: FreshnessPolicy): MaybePromise<Freshness> {
  const { nonces } = policy
  if (nonces === undefined) return freshByIssuedAt(nonce, iat, policy)
  if (nonce !== undefined) return requireNonce(nonce, iat, nonces, policy)
  const problem = nonces.mode === 'required' ? 'the proof has no nonce' : ageProblem(iat, policy)
  return problem === undefined ? freshByIssuedAt(nonce, iat, policy) : demandNonce(nonces, 'nonce_required', problem)
}

function freshByIssuedAt(
  nonce: unknown,
  iat: number,
  { proofMaxAge, clockTolerance, now }: FreshnessPolicy,
): Freshness {
  const until = iat + proofMaxAge + clockTolerance
  // During a rollout, another replica may judge the same proof by its nonce, which may have been made just now.
  const rememberUntil = nonce === undefined ? until : Math.max(until, now() + proofMaxAge + clockTolerance)
  return { until, rememberUntil, nextNonce: undefined }
}

/** Synchronous for a cached nonce, since most proofs have one: a promise would cost each of them a microtask. */
function requireNonce(nonce: unknown, iat: number, nonces: Nonces, policy: FreshnessPolicy): MaybePromise<Freshness> {
  const freshUntil = (until: number | undefined): MaybePromise<Freshness> => {
    if (until === undefined) return demandNonce(nonces, 'nonce_stale', nonces.problemOf(nonce))
    const rememberUntil = Math.max(until, expiryByIssuedAt(iat, policy))
    if (!nonces.isAgeing(until)) return { until, rememberUntil, nextNonce: undefined }
    const next = nonces.current()
    return isPending(next)
      ? next.then((nextNonce) => ({ until, rememberUntil, nextNonce }))
      : { until, rememberUntil, nextNonce: next }
  }
  const expiry = nonces.expiryOf(nonce)
  return isPending(expiry) ? expiry.then(freshUntil) : freshUntil(expiry)
}

/**
 * When a replica that does not use nonces stops accepting a proof. During a rollout such replicas judge the same proofs
 * by `iat`. An `iat` beyond the tolerance, which they would refuse, counts as its limit: else a client could have its
 * proofs remembered for any length of time.
 */
function expiryByIssuedAt(iat: number, { proofMaxAge, clockTolerance, now }: FreshnessPolicy): number {
  return Math.min(iat, now() + clockTolerance) + proofMaxAge + clockTolerance
}

/**
 * Checks the age once more when the replay store has answered (time of check to time of use, CWE-367). A store that
 * answered late, or whose clock is ahead, may have forgotten the first use of the proof by then, and reports a replay
 * as new.
 *
 * @returns undefined if the proof is still fresh; else a promise that rejects
 * @throws {AuthError} `proof_time`, `nonce_required`, `nonce_stale`
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

/** Refuses, with a nonce for the client's next attempt (RFC 9449 §9). */
async function demandNonce(nonces: Nonces, reason: 'nonce_required' | 'nonce_stale', detail: string): Promise<never> {
  throw refusal(reason, detail, { nonce: await nonces.current() })
}
