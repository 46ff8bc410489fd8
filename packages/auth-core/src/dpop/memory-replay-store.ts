import { configurationError } from '../settings.js'
import { digestWords } from '../digest-words.js'
import { createReplayQuota } from './replay-quota.js'
import type { ReplayStore } from './replay-store.js'
import { createReplayTable } from './replay-table.js'

/** Options of {@link memoryReplayStore}. */
export interface MemoryReplayStoreOptions {
  /** The most proofs that are remembered at once. Each takes 24 to 96 bytes. @defaultValue 1000000 */
  readonly maxEntries?: number
  /** The most of them that one client key may take, so that none can lock out the others. @defaultValue a quarter */
  readonly maxEntriesPerThumbprint?: number
  /** Seconds since the epoch. @defaultValue the system clock */
  readonly now?: () => number
}

/**
 * A replay store in the memory of one process; several replicas need a shared one.
 *
 * When it is full, or a client has taken its part, it throws, so that the request is refused: it never forgets a proof
 * early. A proof is remembered until the very moment at which it can no longer be accepted; the room that it took is
 * free at most ten seconds, or the 32nd part of its lifetime, after that. Calls take constant time: nothing is scanned
 * but a 256th part of the table, when that part has filled up.
 *
 * @throws {TypeError} when a limit is not a whole number of 1 or more
 */
export function memoryReplayStore(options: MemoryReplayStoreOptions = {}): ReplayStore {
  const { maxEntries = 1_000_000, now = () => Date.now() / 1000 } = options
  requireCount('maxEntries', maxEntries)
  const { maxEntriesPerThumbprint = Math.ceil(maxEntries / 4) } = options
  requireCount('maxEntriesPerThumbprint', maxEntriesPerThumbprint)
  const table = createReplayTable()
  const quota = createReplayQuota()

  return {
    reserve(key, until, thumbprint) {
      const time = now()
      if (!(until > 0 && until < Infinity)) throw new TypeError('until is not a time')
      const words = digestWords(key)
      const place = table.placeFor(words, time)
      if (place === undefined) return 'seen'
      const client = digestWords(thumbprint)
      if (quota.total(time) >= maxEntries) throw new Error(`replay store is full: ${maxEntries} proofs`)
      if (quota.ofClient(client) >= maxEntriesPerThumbprint) {
        throw new Error(`replay store: ${maxEntriesPerThumbprint} proofs of one client key, which is its limit`)
      }
      quota.add(client, until, time)
      table.put(place, words, until)
      return 'reserved'
    },
  }
}

function requireCount(name: string, given: unknown): void {
  if (typeof given === 'number' && Number.isSafeInteger(given) && given >= 1) return
  throw configurationError(name, given, 'a whole number of proofs, 1 or more')
}
