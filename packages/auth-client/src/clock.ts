/** The clock of an issuer, as its answers tell it. */
export interface IssuerClock {
  /** Seconds that the issuer is ahead of this machine. */
  readonly offset: number
  /** Learns from `Date` (RFC 9110 §6.6.1) and, for an answer from a cache, `Age`. */
  learn(answer: Response): void
}

// A day: a server that names another time might be collecting proofs for later (RFC 9449 §11.2).
const MOST_OFFSET = 86_400
// Seconds: `Date` has none below, and an answer takes its time.
const INDISTINCT = 5

export function createIssuerClock(now: () => number): IssuerClock {
  let offset = 0
  return {
    get offset() {
      return offset
    },
    learn({ headers }) {
      const date = Date.parse(headers.get('date') ?? '') / 1000
      if (Number.isNaN(date)) return
      const age = Number(headers.get('age') ?? 0)
      const found = date + (age > 0 ? age : 0) - now()
      if (Math.abs(found) > MOST_OFFSET) return
      offset = Math.abs(found) < INDISTINCT ? 0 : Math.round(found)
    },
  }
}
