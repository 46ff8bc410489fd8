/** A map that keeps the entries that were used last: at least so many, and at most twice as many. */
export interface LruMap<Value, Key = string> {
  get(key: Key): Value | undefined
  set(key: Key, value: Value): void
}

/** A bound in bytes, for entries whose size the sender of a request has a say in. */
export interface LruRoom<Value> {
  /** The map takes at most twice as many. A single entry that is larger is not kept. */
  readonly bytes: number
  /** What an entry takes, its key included. The same each time for one value. */
  readonly sizeOf: (value: Value) => number
}

/**
 * In two generations. What is used moves to the younger one; when that is full it becomes the older one, and what was
 * not used since the last time goes. So a hit costs one look-up, where an exact order would cost three.
 *
 * @param room - without it, each entry must have a bound by itself
 */
export function createLruMap<Value, Key = string>(entries: number, room?: LruRoom<Value>): LruMap<Value, Key> {
  let younger = new Map<Key, Value>()
  let older = new Map<Key, Value>()
  // Bytes of the younger generation.
  let taken = 0

  function keep(key: Key, value: Value): void {
    const size = room?.sizeOf(value) ?? 0
    if (room !== undefined && size > room.bytes) return
    const before = younger.get(key)
    // Whoever changes its own entry over and over must not push out the others.
    if (before !== undefined) taken -= room?.sizeOf(before) ?? 0
    const full = (before === undefined && younger.size >= entries) || (room !== undefined && taken + size > room.bytes)
    if (full) {
      older = younger
      younger = new Map()
      taken = 0
    }
    taken += size
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

/** Headers of tokens and proofs are known by their text up to this length: in it is an RSA key of 4096 bits. */
export const LONGEST_KNOWN_HEADER = 1024

/** A copy of a part of a text. A slice of it would keep the whole text in memory. */
export function detached(text: string): string {
  return JSON.parse(JSON.stringify(text)) as string // text in, text out
}
