// A day: a server that names another time might be collecting proofs for later (RFC 9449 §11.2).
const MOST_OFFSET = 86_400
// Seconds by which clocks commonly differ. `Date` has whole seconds, and takes time to arrive.
const TOLERATED = 30
const MOST_SERVERS = 100

/** By how much the clock of each server is ahead of ours, in seconds: learnt from its `Date` (RFC 9110 §6.6.1). Bounded. */
export class ServerClocks {
  readonly #byOrigin = new Map<string, number>()

  offset(origin: string): number {
    return this.#byOrigin.get(origin) ?? 0
  }

  /** Takes the time of an answer to a proof that was refused. */
  learn(origin: string, headers: { get(name: string): string | null }, now: number): void {
    const date = headers.get('date')
    const time = date === null ? Number.NaN : Date.parse(date) / 1000
    const offset = time - now
    // An answer from a cache tells a time of the past.
    if (!(Math.abs(offset) <= MOST_OFFSET) || headers.get('age') !== null) return
    if (Math.abs(offset - this.offset(origin)) <= TOLERATED) return
    if (this.#byOrigin.size >= MOST_SERVERS) this.#byOrigin.clear()
    this.#byOrigin.set(origin, offset)
  }
}
