/** A map that keeps the most recently used entries: at least `entries` of them, and at most twice as many. */
export interface LruMap<Value, Key = string> {
  get(key: Key): Value | undefined
  set(key: Key, value: Value): void
  delete(key: Key): void
  /** How many entries are held. Looks at half of them: for operators, not for requests. */
  size(): number
}

/** A bound in bytes, for entries whose size the sender of a request can influence. */
export interface LruRoom<Value> {
  /** The size of one generation; the map has two. An entry that is larger than this is not stored. */
  readonly bytes: number
  /** The bytes of an entry, its key included. Must not change over the life of a value. */
  readonly sizeOf: (value: Value) => number
}

/**
 * Approximates LRU with two generations, as a second-chance (clock) cache does with one reference bit. A used entry is
 * promoted to the younger generation. When that is full it becomes the older one, and the previous older one, with all
 * that was not used meanwhile, is dropped. A hit in the younger generation costs one look-up; an exact LRU order costs
 * three map operations.
 *
 * @param entries - the most entries of one generation
 * @param room - may be left out only where the size of each entry is bounded otherwise
 */
export function createLruMap<Value, Key = string>(entries: number, room?: LruRoom<Value>): LruMap<Value, Key> {
  let younger = new Map<Key, Value>()
  let older = new Map<Key, Value>()
  let youngerBytes = 0

  function insert(key: Key, value: Value): void {
    const size = room?.sizeOf(value) ?? 0
    if (room !== undefined && size > room.bytes) return
    const before = younger.get(key)
    // A replacement counts once: a sender that keeps changing its own entry must not evict everybody else's.
    if (before !== undefined) youngerBytes -= room?.sizeOf(before) ?? 0
    const full =
      (before === undefined && younger.size >= entries) || (room !== undefined && youngerBytes + size > room.bytes)
    if (full) {
      older = younger
      younger = new Map()
      youngerBytes = 0
    }
    youngerBytes += size
    younger.set(key, value)
  }

  return {
    get(key) {
      const value = younger.get(key)
      if (value !== undefined) return value
      const aged = older.get(key)
      if (aged !== undefined) insert(key, aged)
      return aged
    },
    set: insert,
    delete(key) {
      const value = younger.get(key)
      if (value !== undefined) youngerBytes -= room?.sizeOf(value) ?? 0
      younger.delete(key)
      older.delete(key)
    },
    size: () => younger.size + [...older.keys()].filter((key) => !younger.has(key)).length,
  }
}
