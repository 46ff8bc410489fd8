/** A map that forgets its oldest entries: however long a test runs, what it keeps stays small. */
export class BoundedMap<Value> {
  readonly #entries: Map<string, Value> = new Map()
  readonly #limit: number

  constructor(limit: number) {
    this.#limit = limit
  }

  get size(): number {
    return this.#entries.size
  }

  get(key: string): Value | undefined {
    return this.#entries.get(key)
  }

  has(key: string): boolean {
    return this.#entries.has(key)
  }

  set(key: string, value: Value): void {
    this.#entries.delete(key)
    this.#entries.set(key, value)
    for (const oldest of this.#entries.keys()) {
      if (this.#entries.size <= this.#limit) return
      this.#entries.delete(oldest)
    }
  }

  /** Those that are kept, the oldest first. */
  entries(): [string, Value][] {
    return [...this.#entries]
  }

  /** Gives an entry and forgets it. */
  take(key: string): Value | undefined {
    const value = this.#entries.get(key)
    this.#entries.delete(key)
    return value
  }
}
