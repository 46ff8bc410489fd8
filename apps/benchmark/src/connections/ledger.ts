/** What happened, counted, and what should not have happened. */
export interface Ledger {
  /** By what it was, such as `closed 1008 AUTH_1001`. */
  readonly counts: ReadonlyMap<string, number>
  /** Seconds from the call of the application to the close, while Redis was there. */
  readonly revocationDelays: readonly number[]
  /** Seconds from the end of a token to the close. */
  readonly expiryDelays: readonly number[]
  readonly faults: number
  /** The first of them. */
  readonly examples: readonly string[]
  readonly count: (what: string) => void
  revoked(delay: number): void
  expired(delay: number): void
  fault(what: string): void
}

const EXAMPLES = 20

export function createLedger(): Ledger {
  const counts = new Map<string, number>()
  const [revocationDelays, expiryDelays, examples] = [new Array<number>(), new Array<number>(), new Array<string>()]
  let faults = 0
  return {
    counts,
    revocationDelays,
    expiryDelays,
    examples,
    get faults() {
      return faults
    },
    count: (what) => void counts.set(what, (counts.get(what) ?? 0) + 1),
    revoked: (delay) => void revocationDelays.push(delay),
    expired: (delay) => void expiryDelays.push(delay),
    fault(what) {
      faults += 1
      if (examples.length < EXAMPLES) examples.push(what)
    },
  }
}
