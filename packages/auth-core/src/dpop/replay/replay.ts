import { sha256 } from '#crypto'

import { refusal } from '../../outcome/errors.js'
import type { AuthError } from '../../outcome/errors.js'
import { tell } from '../../outcome/fault.js'
import type { MaybePromise } from '../../util/maybe-promise.js'
import { createRequestMemo } from '../../request/request-memo.js'
import type { RequestMemo } from '../../request/request-memo.js'
import type { ProofSender, ReplayStore } from './replay-store.js'

/** What identifies a proof: its key, and the claims `htu`, `htm` and `jti`. */
export interface ProofUse {
  readonly thumbprint: string
  /** `htu` in normal form. */
  readonly url: string
  readonly method: string
  /** `jti`. */
  readonly identifier: string
}

/** A proof whose first use is claimed. */
export interface FirstUse extends ProofUse {
  /** When the proof may be forgotten, in seconds since the epoch. */
  readonly until: number
  /** Whom the access token is for, see `proofOwner`. */
  readonly owner: string
  /** The object that identifies the request, if there is one, see `ResourceRequest`. */
  readonly identity: object | undefined
}

/**
 * Seconds. Stores should have a shorter time-out of their own; this one bounds how long requests wait for one without.
 */
const STORE_TIMEOUT = 5

/**
 * Refuses a proof that was used before (RFC 9449 §11.1).
 *
 * Proofs are identified by their claims, never by their text. ECDSA signatures are malleable: from (r, s) anybody can
 * compute the equally valid (r, n - s). And `htu` has several spellings for one URL. Either would make a replay look
 * new.
 *
 * @returns undefined when the store has answered synchronously
 * @throws {AuthError} `proof_replayed`, `replay_unavailable`
 */
export function requireFirstUse(use: FirstUse, replay: TrackedReplayStore | undefined): Promise<void> | undefined {
  if (replay === undefined) return undefined
  const { thumbprint, method, url, identifier } = use
  // An injective encoding, so that no two proofs share a key. A thumbprint has a fixed length, the method has its
  // length in front, and a URL in normal form contains no space. `jti` is last and arbitrary text; JSON escapes lone
  // surrogates, which UTF-8 encoding would all replace by U+FFFD.
  const key = sha256(`${thumbprint} ${method.length} ${method} ${url} ${JSON.stringify(identifier)}`)
  const owner = sha256(use.owner)
  if (typeof key !== 'string' || typeof owner !== 'string') return reserveLater(key, owner, use, replay)
  return reserveOnce(key, owner, use, replay)
}

async function reserveLater(
  key: MaybePromise<string>,
  owner: MaybePromise<string>,
  use: FirstUse,
  replay: TrackedReplayStore,
): Promise<void> {
  await reserveOnce(await key, await owner, use, replay)
}

/** What the store was asked on behalf of a request, and its answer. */
export interface Reservation {
  readonly key: string
  readonly outcome: Promise<void> | undefined
}

/** What a replay store answered to a resource server, since that was made. */
export interface ReplayStatistics {
  /** Proofs that were not used before. */
  readonly fresh: number
  /** Proofs that were refused since they were used before. */
  readonly replayed: number
  /** Proofs of which the store could not tell: full, down, late or mistaken. */
  readonly failed: number
}

/** A store, by request what was reserved in it, and what it answered. */
export interface TrackedReplayStore {
  readonly store: ReplayStore
  readonly reservations: RequestMemo<Reservation>
  readonly answers: Counts
}

type Counts = { -readonly [Answer in keyof ReplayStatistics]: number }

const tracked = new WeakMap<ReplayStore, RequestMemo<Reservation>>()

/**
 * The reservations are one for a store, whichever resource servers share it. When two guards on one route do, the second must
 * find that this very request has reserved the proof, not that the proof is replayed.
 */
export function trackReservations(store: ReplayStore): TrackedReplayStore {
  const reservations = tracked.get(store) ?? createRequestMemo()
  tracked.set(store, reservations)
  return { store, reservations, answers: { fresh: 0, replayed: 0, failed: 0 } }
}

function reserveOnce(
  key: string,
  owner: string,
  { until, thumbprint, identity }: FirstUse,
  replay: TrackedReplayStore,
): Promise<void> | undefined {
  const { reservations } = replay
  if (identity === undefined) return reserve(key, until, { owner, thumbprint }, replay)
  const before = reservations.get(identity)
  if (before?.key === key) return before.outcome
  const outcome = reserve(key, until, { owner, thumbprint }, replay)
  reservations.set(identity, { key, outcome })
  return outcome
}

/** Asks the store. Whatever the store does, the outcome is a reserved proof or an AuthError. */
function reserve(
  key: string,
  until: number,
  sender: ProofSender,
  { store, answers }: TrackedReplayStore,
): Promise<void> | undefined {
  let answer: unknown
  let then: Then | undefined
  try {
    answer = store.reserve(key, until, sender)
    // Read once, and inside of this `try`: `then` may be a getter or the trap of a Proxy, which may throw or change its
    // mind.
    then = thenOf(answer)
  } catch (cause) {
    throw unavailable(cause, answers)
  }
  if (then !== undefined) return settle(answer, then, answers)
  requireReserved(answer, answers)
  return undefined
}

async function settle(answer: unknown, then: Then, answers: Counts): Promise<void> {
  let settled: Settled
  try {
    settled = await outcomeOf(answer, then)
  } catch (cause) {
    throw unavailable(cause, answers)
  }
  requireReserved(settled.value, answers)
}

type Then = (resolve: (value: unknown) => void, reject: (reason: unknown) => void) => unknown

function thenOf(value: unknown): Then | undefined {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return undefined
  const then: unknown = Reflect.get(value, 'then')
  return typeof then === 'function' ? (then as Then) : undefined // whatever its parameters, it is called as a thenable is
}

/**
 * A box for the answer. A promise that resolves to a thenable unwraps it in turn, which never ends for a thenable that
 * resolves to the next one.
 */
interface Settled {
  readonly value: unknown
}

/** What a thenable resolves to within the time-out, else undefined. Clears its timer in every case. */
function outcomeOf(answer: unknown, then: Then): Promise<Settled> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const outcome = new Promise<Settled>((resolve, reject) => {
    timer = setTimeout(() => resolve({ value: undefined }), STORE_TIMEOUT * 1000)
    Reflect.apply(then, answer, [(value: unknown) => resolve({ value }), reject])
  })
  return outcome.finally(() => clearTimeout(timer))
}

/** Fails closed: any answer but `reserved` refuses, such as the undefined of a store that forgot to answer. */
function requireReserved(answer: unknown, answers: Counts): void {
  if (answer === 'reserved') {
    answers.fresh += 1
    return
  }
  answers[answer === 'seen' ? 'replayed' : 'failed'] += 1
  throw answer === 'seen' ? refusal('proof_replayed') : refusal('replay_unavailable', 'the replay store gave no answer')
}

function unavailable(cause: unknown, answers: Counts): AuthError {
  answers.failed += 1
  return refusal('replay_unavailable', tell(cause), { cause })
}
