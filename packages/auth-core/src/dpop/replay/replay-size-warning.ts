import { warn } from '../../outcome/events.js'
import type { AuthEvent } from '../../outcome/events.js'
import { DEFAULT_ENTRIES } from './memory-replay-store.js'
import type { NonceSettings } from '../../options/nonce-options.js'

/** What determines how long a proof is remembered, in seconds. */
interface Lifetimes {
  readonly proofMaxAge: number
  readonly clockTolerance: number
  readonly nonce: NonceSettings | undefined
}

// Proofs a second that one process may well receive: verifying them takes a good part of a core.
const MODERATE_RATE = 1000

/** Warns when proofs are remembered for so long that a moderate rate of requests fills the default store. */
export function warnOfSmallStore(
  { proofMaxAge, clockTolerance, nonce }: Lifetimes,
  onEvent: ((event: AuthEvent) => void) | undefined,
): void {
  const lifetime = Math.max(proofMaxAge + clockTolerance, nonce?.maxAge ?? 0)
  const rate = Math.floor(DEFAULT_ENTRIES / lifetime)
  if (rate >= MODERATE_RATE) return
  const detail = `proofs are kept for ${lifetime} s: the replay store in memory is full, and refuses, at ${rate} proofs a second. Shorten dpop.nonce.maxAge or dpop.proofMaxAge, or hand in a larger store as dpop.replay`
  warn({ type: 'warning', code: 'replay_store_small', detail }, onEvent)
}
