/** Says how often something may be done. */
export interface TokenBucket {
  /** Takes one of the tokens that there are, or says that there is none. */
  take(): boolean
}

/**
 * A token bucket: so many at once, and then one per interval. Kept as the time at which the next one would be due
 * (GCRA, ITU-T I.371 annex A), so that nothing adds up over time.
 *
 * @param interval - seconds; with 0 there always is one
 */
export function createTokenBucket(burst: number, interval: number, now: () => number): TokenBucket {
  let due = -Infinity
  return {
    take() {
      const time = now()
      // A clock that was set back must not keep it empty.
      due = Math.min(Math.max(due, time), time + burst * interval)
      if (due - (burst - 1) * interval > time) return false
      due += interval
      return true
    },
  }
}
