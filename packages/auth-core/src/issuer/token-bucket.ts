/** A rate limiter. */
export interface TokenBucket {
  /** Takes a token. @returns false when the bucket is empty */
  take(): boolean
}

/**
 * Makes a token bucket: `burst` tokens at once, then one for each interval. Implemented as the generic cell rate
 * algorithm (GCRA, ITU-T I.371 annex A), whose only state is the theoretical arrival time of the next token: no timer,
 * no counter.
 *
 * @param interval - seconds; with 0 the bucket is never empty
 */
export function createTokenBucket(burst: number, interval: number, now: () => number): TokenBucket {
  let arrival = -Infinity
  return {
    take() {
      const time = now()
      // The upper bound is for a clock that was set back, which would keep the bucket empty.
      arrival = Math.min(Math.max(arrival, time), time + burst * interval)
      if (arrival - (burst - 1) * interval > time) return false
      arrival += interval
      return true
    },
  }
}
