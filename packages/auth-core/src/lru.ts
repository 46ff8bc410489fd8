/** A map that keeps the entries that were used last: at least so many, and at most twice as many. */
export interface LruMap<Value, Key = string> {
  get(key: Key): Value | undefined
  set(key: Key, value: Value): void
}

/**
 * In two generations. What is used moves to the younger one; when that is full it becomes the older one, and what was
 * not used since the last time goes. So a hit costs one look-up, where an exact order would cost three.
 */
export function createLruMap<Value, Key = string>(entries: number): LruMap<Value, Key> {
  let younger = new Map<Key, Value>()
  let older = new Map<Key, Value>()

  function keep(key: Key, value: Value): void {
    if (younger.size >= entries && !younger.has(key)) {
      older = younger
      younger = new Map()
    }
    younger.set(key, value)
  }

  return {
    get(key) {
      const value = younger.get(key)
      if (value !== undefined) return value
      const aged = older.get(key)
      if (aged !== undefined) keep(key, aged)
      return aged
    },
    set: keep,
  }
}

/** A copy of a part of a text. A slice of it would keep the whole text in memory. */
export function detached(text: string): string {
  return JSON.parse(JSON.stringify(text)) as string // text in, text out
}
