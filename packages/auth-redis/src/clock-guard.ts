/** What a clock is held against. */
interface Clock {
  /** Seconds since the epoch, which an operator or NTP may set. */
  readonly now: () => number
  /** Seconds by which keys outlive their proofs. */
  readonly clockTolerance: number
}

/** @throws {Error} for a proof of which Redis may have let go, although this clock says that it is fresh */
export type RequireSteadyClock = (until: number) => void

/**
 * RFC 9449 §11.1: a use is remembered for as long as the proof would be accepted. Redis lets go of a key when its time has
 * really passed. A clock that was set back since then takes the proof for fresh once more. So the clock is held against
 * one that cannot be set, and a proof that was over by the clock as it was before is not judged: nobody can tell any more
 * whether it was used.
 *
 * This does NOT know of a clock that was set back before the process started.
 */
export function createClockGuard({ now, clockTolerance }: Clock): RequireSteadyClock {
  // Between the two clocks, before it was set back.
  let offset = -Infinity
  // When the last of the proofs is over that were accepted before and after.
  let lastBefore = -Infinity
  let lastAfter = -Infinity

  return (until) => {
    const time = now()
    const steady = performance.now() / 1000
    offset = Math.max(offset, time - steady)
    const behind = offset - (time - steady)
    if (behind <= clockTolerance + PRECISION) {
      lastBefore = Math.max(lastBefore, until)
      return
    }
    lastAfter = Math.max(lastAfter, until)
    if (time > lastBefore) {
      // What was accepted before is over by this clock as well.
      offset = time - steady
      lastBefore = lastAfter
    } else if (until + clockTolerance < time + behind) {
      throw new Error(`the clock was set back by ${Math.round(behind)} s: the proof may have been used before that`)
    }
  }
}

// Of a system clock that counts in milliseconds, and of one that a test holds still meanwhile.
const PRECISION = 0.02
