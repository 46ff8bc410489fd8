import { sha256 } from '#crypto'

import { refusal } from '../errors.js'
import type { AuthError } from '../errors.js'
import { tell } from '../fault.js'
import { isPending } from '../maybe-promise.js'
import { within } from '../time-limit.js'
import type { ReplayResult, ReplayStore } from './replay-store.js'

/** What makes one proof another than all others: what it says, but for when it was made. */
export interface ProofUse {
  readonly thumbprint: string
  /** In normal form. */
  readonly url: string
  readonly method: string
  readonly identifier: string
}

/** Seconds. A store has a time-out of its own, or should; this one keeps requests from waiting for ever. */
const LONGEST_WAIT = 5

/**
 * RFC 9449 §11.1. The key is made of what the proof says, never of its text: an ECDSA signature can be changed into
 * another valid one, and one URL has several spellings. It is kept for as long as the proof could still be accepted.
 *
 * @param until - when the proof can no longer be accepted, in seconds since the epoch
 * @returns nothing to wait for when the store has answered at once
 * @throws {AuthError} `proof_replayed`, `replay_unavailable`
 */
export function requireFirstUse(
  { thumbprint, method, url, identifier }: ProofUse,
  until: number,
  replay: ReplayStore | undefined,
): Promise<void> | undefined {
  if (replay === undefined) return undefined
  // The first has one length, and that of the second is given; a URL in normal form has no space. The last is text of
  // any kind: in JSON, halves of surrogate pairs stay different from each other.
  const key = sha256(`${thumbprint} ${method.length} ${method} ${url} ${JSON.stringify(identifier)}`)
  if (typeof key !== 'string') return key.then((known) => reserve(known, { until, thumbprint }, replay))
  return reserve(key, { until, thumbprint }, replay)
}

function reserve(
  key: string,
  { until, thumbprint }: { readonly until: number; readonly thumbprint: string },
  replay: ReplayStore,
): Promise<void> | undefined {
  let answer: unknown
  try {
    answer = replay.reserve(key, until, thumbprint)
    if (isPending(answer)) return settle(answer)
  } catch (cause) {
    throw unavailable(cause)
  }
  requireReserved(answer)
  return undefined
}

async function settle(answer: PromiseLike<unknown>): Promise<void> {
  let result: unknown
  try {
    result = await within(answer, LONGEST_WAIT)
  } catch (cause) {
    throw unavailable(cause)
  }
  requireReserved(result)
}

/** Anything but a clear answer refuses: a store that says nothing must not let proofs through. */
function requireReserved(answer: unknown): void {
  const result = answer as ReplayResult | undefined // of whatever type, it is only compared
  if (result === 'seen') throw refusal('proof_replayed')
  if (result !== 'reserved') throw refusal('replay_unavailable', 'the replay store gave no answer')
}

function unavailable(cause: unknown): AuthError {
  return refusal('replay_unavailable', tell(cause), { cause })
}
