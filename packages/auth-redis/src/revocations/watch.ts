import type { Epochs } from '@acme/auth-core'

import { entryOf } from './entry.js'
import type { Entry } from './entry.js'

/** Holds what others have revoked, also those whose clock is ahead of this one. */
export interface Watch {
  /** @throws {Error} when no more fit in: whoever cannot hold all of them cannot tell what was revoked */
  add(entry: Entry): (Entry & { readonly isNew: boolean }) | 'malformed'
  /** Holds what could not be held in full, as its time had not come by this clock. */
  advance(): void
  entries(): Entry[]
}

// Epochs take no more, since one from the future locks somebody out. Seconds.
const AHEAD = 50
// A clock that differs by more than this is no clock: whatever it says is not ours. Seconds.
const MOST_AHEAD = 86_400

export function createWatch({
  epochs,
  maxEntries,
  now,
}: {
  readonly epochs: Epochs
  readonly maxEntries: number
  readonly now: () => number
}): Watch {
  // Revoked by a replica whose clock is ahead. Held in part until then: dropped, they would be revoked nowhere.
  const early = new Map<string, Entry>()

  /** Of a mistake in an entry `epochs` tells by a TypeError. */
  function hold({ tokens, before }: Entry): boolean | 'malformed' {
    try {
      return epochs.add(tokens, Math.min(before, now() + AHEAD))
    } catch (error) {
      if (error instanceof TypeError) return 'malformed'
      throw error
    }
  }

  return {
    add(entry) {
      if (!(entry.before <= now() + MOST_AHEAD)) return 'malformed'
      const isNew = hold(entry)
      if (isNew === 'malformed') return isNew
      if (entry.before > now() + AHEAD) {
        if (early.size >= maxEntries) throw new Error(`${early.size} revocations are from the future`)
        early.set(entry.text, entry)
      }
      return { ...entry, isNew }
    },
    advance() {
      for (const [text, entry] of early) {
        hold(entry)
        if (entry.before <= now() + AHEAD) early.delete(text)
      }
    },
    entries() {
      const held = Array.from(epochs.entries(), ({ tokens, issuedBefore }) => entryOf(tokens, issuedBefore))
      return [...held, ...early.values()]
    },
  }
}
