import { sha256 } from '#crypto'

import { refusal } from '../../outcome/errors.js'
import type { AuthError } from '../../outcome/errors.js'
import { tell } from '../../outcome/fault.js'
import type { MaybePromise } from '../../util/maybe-promise.js'
import { createRequestMemo } from '../../request/request-memo.js'
import type { RequestMemo } from '../../request/request-memo.js'
import type { ProofSender, ReplayStore } from './replay-store.js'

/** What makes one proof another than all others: what it says, but for when it was made. */
export interface ProofUse {
  readonly thumbprint: string
  /** In normal form. */
  readonly url: string
  readonly method: string
  readonly identifier: string
}

/** A proof that is to be accepted once. */
export interface FirstUse extends ProofUse {
  /** Until when its use is remembered, in seconds since the epoch. */
  readonly until: number
  /** Who the access token is of, see `proofOwner`. */
  readonly owner: string
  /** The request, where there is one, see `ResourceRequest`. */
  readonly identity: object | undefined
}

/** Seconds. A store has a time-out of its own, or should; this one keeps requests from waiting for ever. */
const LONGEST_WAIT = 5

/**
 * RFC 9449 §11.1. The key is made of what the proof says, never of its text: an ECDSA signature can be changed into
 * another valid one, and one URL has several spellings. It is kept for as long as the proof could still be accepted.
 *
 * @returns nothing to wait for when the store has answered at once
 * @throws {AuthError} `proof_replayed`, `replay_unavailable`
 */
export function requireFirstUse(use: FirstUse, replay: ReplayStore | undefined): Promise<void> | undefined {
  if (replay === undefined) return undefined
  const { thumbprint, method, url, identifier } = use
  // The first has one length, and that of the second is given; a URL in normal form has no space. The last is text of
  // any kind: in JSON, halves of surrogate pairs stay different from each other.
  const key = sha256(`${thumbprint} ${method.length} ${method} ${url} ${JSON.stringify(identifier)}`)
  const owner = sha256(use.owner)
  if (typeof key !== 'string' || typeof owner !== 'string') return reserveLater(key, owner, use, replay)
  return reserveOnce(key, owner, use, replay)
}

async function reserveLater(
  key: MaybePromise<string>,
  owner: MaybePromise<string>,
  use: FirstUse,
  replay: ReplayStore,
): Promise<void> {
  await reserveOnce(await key, await owner, use, replay)
}

/** What a store was asked for a request, and what came of it. */
interface Reservation {
  readonly key: string
  readonly outcome: Promise<void> | undefined
}

const reservations = new WeakMap<ReplayStore, RequestMemo<Reservation>>()

/** By store: resource servers that guard one request and share a store must not take its proof for a replay of itself. */
function reservationsOf(replay: ReplayStore): RequestMemo<Reservation> {
  let memo = reservations.get(replay)
  if (memo === undefined) {
    memo = createRequestMemo()
    reservations.set(replay, memo)
  }
  return memo
}

function reserveOnce(
  key: string,
  owner: string,
  { until, thumbprint, identity }: FirstUse,
  replay: ReplayStore,
): Promise<void> | undefined {
  if (identity === undefined) return reserve(key, until, { owner, thumbprint }, replay)
  const memo = reservationsOf(replay)
  const before = memo.get(identity)
  if (before?.key === key) return before.outcome
  const outcome = reserve(key, until, { owner, thumbprint }, replay)
  memo.set(identity, { key, outcome })
  return outcome
}

/** Whatever the store does, the outcome is an AuthError, or a proof that is reserved. */
function reserve(key: string, until: number, sender: ProofSender, replay: ReplayStore): Promise<void> | undefined {
  let answer: unknown
  let then: Then | undefined
  try {
    answer = replay.reserve(key, until, sender)
    // Asked for once, and here: a getter, or the trap of a Proxy, may throw.
    then = thenOf(answer)
  } catch (cause) {
    throw unavailable(cause)
  }
  if (then !== undefined) return settle(answer, then)
  requireReserved(answer)
  return undefined
}

async function settle(answer: unknown, then: Then): Promise<void> {
  let settled: Settled
  try {
    settled = await outcomeOf(answer, then)
  } catch (cause) {
    throw unavailable(cause)
  }
  requireReserved(settled.value)
}

type Then = (resolve: (value: unknown) => void, reject: (reason: unknown) => void) => unknown

function thenOf(value: unknown): Then | undefined {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return undefined
  const then: unknown = Reflect.get(value, 'then')
  return typeof then === 'function' ? (then as Then) : undefined // whatever its parameters, it is called as a thenable is
}

/** Boxed: a promise of what is itself thenable would go on to unwrap it, and never end where each resolves to another. */
interface Settled {
  readonly value: unknown
}

/** What a thenable brings in time; undefined when that is nothing. Leaves no timer behind. */
function outcomeOf(answer: unknown, then: Then): Promise<Settled> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const outcome = new Promise<Settled>((resolve, reject) => {
    timer = setTimeout(() => resolve({ value: undefined }), LONGEST_WAIT * 1000)
    Reflect.apply(then, answer, [(value: unknown) => resolve({ value }), reject])
  })
  return outcome.finally(() => clearTimeout(timer))
}

/** Anything but a clear answer refuses: a store that says nothing must not let proofs through. */
function requireReserved(answer: unknown): void {
  if (answer === 'seen') throw refusal('proof_replayed')
  if (answer !== 'reserved') throw refusal('replay_unavailable', 'the replay store gave no answer')
}

function unavailable(cause: unknown): AuthError {
  return refusal('replay_unavailable', tell(cause), { cause })
}
