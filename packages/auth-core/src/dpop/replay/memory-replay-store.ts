import { configurationError, rejectUnknownNames, requireObject } from '../../options/option-checks.js'
import { digestWords } from './digest-words.js'
import { createReplayQuota } from './replay-quota.js'
import type { ReplayStore } from './replay-store.js'
import { createReplayTable } from './replay-table.js'

/** Options of {@link memoryReplayStore}. */
export interface MemoryReplayStoreOptions {
  /**
   * The most proofs that are remembered at once, in 24 to 96 bytes each. A proof is kept for `dpop.proofMaxAge` and
   * `dpop.clockTolerance`, or for `dpop.nonce.maxAge` where that is longer: a million proofs are 3,000 a second for the
   * 330 seconds of the defaults, and 280 a second for nonces of an hour. @defaultValue 1000000
   */
  readonly maxEntries?: number
  /**
   * The most of them that one subject of an issuer may take, or one client where tokens have no subject, however many
   * keys it has: so that none can lock out the others. @defaultValue a quarter
   */
  readonly maxEntriesPerOwner?: number
  /** Seconds since the epoch. @defaultValue the system clock */
  readonly now?: () => number
}

/** How many proofs are remembered by default. */
export const DEFAULT_ENTRIES = 1_000_000

/**
 * A replay store in the memory of one process; several replicas need a shared one.
 *
 * When it is full, or a subject has taken its part, it throws, so that the request is refused: it never forgets a proof
 * early. A proof is remembered until the very moment at which it can no longer be accepted; the room that it took is
 * free at most ten seconds, or the 32nd part of its lifetime, after that. Calls take constant time: nothing is scanned
 * but a 256th part of the table, when that part has filled up.
 *
 * @throws {TypeError} when a limit is not a whole number of 1 or more, or an option is unknown
 * @example
 * ```ts
 * import { createResourceServer, memoryReplayStore } from '@acme/auth-core'
 *
 * const resourceServer = createResourceServer({
 *   issuer: 'https://issuer.example.com/',
 *   audience: 'https://api.example.com',
 *   dpop: { replay: memoryReplayStore({ maxEntries: 100_000 }) },
 * })
 * ```
 */
export function memoryReplayStore(options: MemoryReplayStoreOptions = {}): ReplayStore {
  requireObject('options', options, 'an object such as { maxEntries: 100000 }')
  rejectUnknownNames('memoryReplayStore', options, ['maxEntries', 'maxEntriesPerOwner', 'now'])
  const { maxEntries = DEFAULT_ENTRIES, now = () => Date.now() / 1000 } = options
  requireCount('maxEntries', maxEntries)
  const { maxEntriesPerOwner = Math.ceil(maxEntries / 4) } = options
  requireCount('maxEntriesPerOwner', maxEntriesPerOwner)
  const table = createReplayTable()
  const quota = createReplayQuota()

  return {
    reserve(key, until, sender) {
      const time = now()
      if (!(until > 0 && until < Infinity)) throw new TypeError('until is not a time')
      const words = digestWords(key)
      const owner = digestWords(sender.owner)
      const place = table.placeFor(words, time)
      if (place === undefined) return 'seen'
      if (quota.total(time) >= maxEntries) throw new Error(`replay store is full: ${maxEntries} proofs`)
      if (quota.ofOwner(owner) >= maxEntriesPerOwner) {
        throw new Error(`replay store: ${maxEntriesPerOwner} proofs of one subject, which is its limit`)
      }
      quota.add(owner, until, time)
      table.put(place, words, until)
      return 'reserved'
    },
  }
}

function requireCount(name: string, given: unknown): void {
  if (typeof given === 'number' && Number.isSafeInteger(given) && given >= 1) return
  throw configurationError(name, given, 'a whole number of proofs, 1 or more')
}
