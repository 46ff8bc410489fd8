import { configurationError, rejectUnknownNames, requireObject } from '../../options/option-checks.js'
import { digestWords } from './digest-words.js'
import { createReplayQuota } from './replay-quota.js'
import type { ReplayStore } from './replay-store.js'
import { createReplayTable } from './replay-table.js'

/** Options of {@link memoryReplayStore}. */
export interface MemoryReplayStoreOptions {
  /**
   * The most proofs that are remembered at once: a whole number of 1 or more. A proof takes 24 to 96 bytes.
   *
   * A proof is remembered for `dpop.proofMaxAge` plus `dpop.clockTolerance`, or for `dpop.nonce.maxAge` where that is
   * longer. A million proofs allow 3,000 a second for the 330 seconds of the defaults, and 280 a second for nonces of
   * an hour.
   *
   * @defaultValue 1000000
   */
  readonly maxEntries?: number
  /**
   * The most proofs that one owner may have remembered at once: a whole number of 1 or more. The owner is the subject
   * of the access token, or its client where the token has no subject, at its issuer. All keys of an owner count
   * together, since a client can make any number of keys. The limit keeps one owner from filling the store and locking
   * out all others.
   *
   * @defaultValue a quarter of `maxEntries`, rounded up
   */
  readonly maxEntriesPerOwner?: number
  /** The clock, in seconds since the epoch. For tests. @defaultValue the system clock */
  readonly now?: () => number
}

/** The default of `maxEntries`. */
export const DEFAULT_ENTRIES = 1_000_000

/**
 * Makes a replay store (RFC 9449 §11.1) in the memory of this process. This does NOT detect a replay to another
 * replica: several replicas need a shared store.
 *
 * - **Full:** `reserve` throws when the store is full or an owner is at its limit, and the request is refused with 503. No
 *   proof is ever forgotten early to make room, since it could then be replayed.
 * - **Expiry:** a proof is remembered until it can no longer be accepted. It stops counting towards the limits at most ten
 *   seconds after that, or a 16th of its lifetime where that is longer.
 * - **Cost:** `reserve` takes constant time, amortised. A shard, which is a 256th of the table, is rehashed when it fills up.
 *
 * @param options - limits and clock, see {@link MemoryReplayStoreOptions}
 * @throws {TypeError} when a limit is not a whole number of 1 or more, or an option is unknown
 *
 * @example
 * ```ts
 * import { createResourceServer, memoryReplayStore } from '@acme/auth-core'
 *
 * const replay = memoryReplayStore({ maxEntries: 200_000, maxEntriesPerOwner: 2_000 })
 * const resourceServer = createResourceServer({
 *   domain: 'tenant.auth0.com',
 *   audience: 'https://api.example.com',
 *   dpop: { replay },
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
  const quota = createReplayQuota({ maxEntries, maxEntriesPerOwner })

  return {
    reserve(key, until, sender) {
      const time = now()
      if (!(until > 0 && until < Infinity)) throw new TypeError('until is not a time')
      const words = digestWords(key)
      const owner = digestWords(sender.owner)
      const vacancy = table.vacancyFor(words, time)
      if (vacancy === undefined) return 'seen'
      quota.add(owner, until, time)
      table.insert(vacancy, words, until)
      return 'reserved'
    },
  }
}

function requireCount(name: string, given: unknown): void {
  if (typeof given === 'number' && Number.isSafeInteger(given) && given >= 1) return
  throw configurationError(name, given, 'a whole number of proofs, 1 or more')
}
