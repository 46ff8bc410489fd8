import { warn } from '../../outcome/events.js'
import type { AuthEvent } from '../../outcome/events.js'
import { DEFAULT_ENTRIES } from './memory-replay-store.js'
import type { NonceSettings } from '../../options/nonce-options.js'

/** What decides on how long proofs are kept, in seconds. */
interface Lifetimes {
  readonly proofMaxAge: number
  readonly clockTolerance: number
  readonly nonce: NonceSettings | undefined
}

// Proofs a second for one process. Verifying them takes a good part of a core.
const MODERATE = 1000

/** Warns when proofs are kept for so long that the default store fills up at a rate that one process may well have. */
export function warnOfSmallStore(
  { proofMaxAge, clockTolerance, nonce }: Lifetimes,
  onEvent: ((event: AuthEvent) => void) | undefined,
): void {
  const kept = Math.max(proofMaxAge + clockTolerance, nonce?.maxAge ?? 0)
  const rate = Math.floor(DEFAULT_ENTRIES / kept)
  if (rate >= MODERATE) return
  const detail = `proofs are kept for ${kept} s: the replay store in memory is full, and refuses, at ${rate} proofs a second. Shorten dpop.nonce.maxAge or dpop.proofMaxAge, or hand in a larger store as dpop.replay`
  warn({ type: 'warning', code: 'replay_store_small', detail }, onEvent)
}
