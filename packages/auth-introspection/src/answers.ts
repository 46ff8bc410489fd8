/** Answers by a digest of what they are about, for a while. */
export interface Answers {
  /** @param now - seconds since the epoch */
  get(key: string, now: number): string | undefined
  /** @param until - when it is not to be used any more, in seconds since the epoch */
  set(key: string, text: string, until: number): void
}

interface Entry {
  readonly text: string
  readonly until: number
  readonly bytes: number
}

/** The most that is kept, and for how long at most, in seconds. */
export interface AnswersBounds {
  readonly entries: number
  readonly bytes: number
  readonly lifetime: number
}

// What an entry takes beside its text: a key of 43 characters, an object, a place in a map.
const ENTRY = 256

/** Least recently used ones go first. As text, whose size is known; parsed, it would take up to thirty times as much. */
export function createAnswers({ entries, bytes, lifetime }: AnswersBounds): Answers {
  const byKey = new Map<string, Entry>()
  let held = 0

  function remove(key: string): void {
    held -= byKey.get(key)?.bytes ?? 0
    byKey.delete(key)
  }

  return {
    get(key, now) {
      const entry = byKey.get(key)
      if (entry === undefined) return undefined
      byKey.delete(key)
      byKey.set(key, entry)
      const left = entry.until - now
      // More than the lifetime: the clock was set back, which must not prolong it.
      if (left > 0 && left <= lifetime) return entry.text
      remove(key)
      return undefined
    },
    set(key, text, until) {
      const size = ENTRY + 2 * text.length
      if (size > bytes / 8) return
      remove(key)
      for (const oldest of byKey.keys()) {
        if (byKey.size < entries && held + size <= bytes) break
        remove(oldest)
      }
      held += size
      byKey.set(key, { text, until, bytes: size })
    },
  }
}
