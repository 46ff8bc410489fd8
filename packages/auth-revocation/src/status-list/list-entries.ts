import type { StatusList } from './fetch-list.js'

/** A list, and what became of asking for it. Times are seconds since the epoch. */
export interface Entry {
  list: StatusList | undefined
  fetchedAt: number
  underway: Promise<StatusList> | undefined
  failures: number
  failure: { readonly error: Error; readonly at: number; readonly until: number } | undefined
  /** Until when a token may ask for it. */
  neededUntil: number
  timer: ReturnType<typeof setTimeout> | undefined
  isRemoved: boolean
}

/** Lists by issuer and place. */
export interface Entries {
  /** The entry of a list, new or not, as the one that was used last. */
  readonly of: (key: string, until: number) => Entry
  /** Drops those that were not used for longest, but for one. */
  readonly makeRoom: (kept: Entry) => void
  /** A list that fails, and that no token needs any more, is no outage. */
  readonly forgetUnneeded: () => void
  readonly underway: () => number
  readonly state: () => 'up' | 'down'
}

const MOST_LISTS = 100
const MOST_BYTES = 64 * 1024 * 1024
// Seconds for which a list is fetched again that nobody asks for: tokens may tell any `exp`.
const MAX_NEEDED = 86_400

export function createEntries(now: () => number): Entries {
  const entries = new Map<string, Entry>()

  function remove(key: string, entry: Entry): void {
    clearTimeout(entry.timer)
    entry.isRemoved = true
    entries.delete(key)
  }

  return {
    of(key, until) {
      const entry = entries.get(key) ?? created()
      entries.delete(key)
      entries.set(key, entry)
      entry.neededUntil = Math.max(entry.neededUntil, Math.min(until, now() + MAX_NEEDED))
      return entry
    },
    makeRoom(kept) {
      let bytes = 0
      for (const { list } of entries.values()) bytes += list?.bytes.length ?? 0
      for (const [key, entry] of entries) {
        if (entries.size <= MOST_LISTS && bytes <= MOST_BYTES) return
        if (entry === kept) continue
        bytes -= entry.list?.bytes.length ?? 0
        remove(key, entry)
      }
    },
    forgetUnneeded() {
      for (const [key, entry] of entries) {
        const { failure, neededUntil, underway } = entry
        if (failure !== undefined && underway === undefined && neededUntil < now()) remove(key, entry)
      }
    },
    underway: () => [...entries.values()].filter(({ underway }) => underway !== undefined).length,
    state: () => ([...entries.values()].some(({ failure }) => failure !== undefined) ? 'down' : 'up'),
  }
}

/** Whether a list may be used, for so many seconds beyond its time. */
export function isUsable({ list, fetchedAt }: Entry, now: number, stale: number): boolean {
  if (list === undefined) return false
  const age = now - fetchedAt
  // Less than nothing: the clock was set back, which must not prolong it.
  return age >= 0 && age < list.ttl + stale && now < list.expiresAt
}

function created(): Entry {
  return {
    list: undefined,
    fetchedAt: 0,
    underway: undefined,
    failures: 0,
    failure: undefined,
    neededUntil: 0,
    timer: undefined,
    isRemoved: false,
  }
}
