/** A map with at most so many entries; the one that was not used for longest makes room. */
export interface LruMap<Value> {
  get(key: string): Value | undefined
  set(key: string, value: Value): void
  delete(key: string): void
}

export function createLruMap<Value>(maxEntries: number): LruMap<Value> {
  // A Map iterates in the order of insertion: the first entry is the oldest.
  const entries = new Map<string, Value>()
  return {
    get(key) {
      const value = entries.get(key)
      if (value === undefined) return undefined
      entries.delete(key)
      entries.set(key, value)
      return value
    },
    set(key, value) {
      entries.delete(key)
      entries.set(key, value)
      if (entries.size <= maxEntries) return
      const [oldest] = entries.keys()
      if (oldest !== undefined) entries.delete(oldest)
    },
    delete(key) {
      entries.delete(key)
    },
  }
}

/** A copy of a part of a text. A slice of it would keep the whole text in memory. */
export function detached(text: string): string {
  return JSON.parse(JSON.stringify(text)) as string // text in, text out
}
