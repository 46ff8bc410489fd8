import { setTimeout as wait } from 'node:timers/promises'

import type { RedisServer } from '@acme/tests-servers'

/** Redis goes away now and then: killed without anything on disk, or frozen, for a moment or longer than is tolerated. */
export interface Outages {
  readonly isGone: boolean
  /** When it was there last time again, in seconds since the epoch. */
  readonly backAt: number
  /** Resolves when it is there. */
  over(): Promise<void>
  /** One of them. @param turn - which of the kinds */
  next(turn: number): Promise<void>
}

const KINDS = [
  { freezes: false, seconds: 2 },
  { freezes: true, seconds: 4 },
  // Longer than `maxStaleness`: requests are refused.
  { freezes: false, seconds: 13 },
  { freezes: true, seconds: 12 },
]

export function createOutages(redis: RedisServer, longest: number, count: (what: string) => void): Outages {
  let over: Promise<void> | undefined
  let backAt = 0

  async function goAway({ freezes, seconds }: (typeof KINDS)[number]): Promise<void> {
    const lasts = Math.min(seconds, longest)
    count(`Redis ${freezes ? 'frozen' : 'killed'} for ${lasts} s`)
    if (freezes) redis.freeze()
    else await redis.kill()
    await wait(lasts * 1000)
    if (freezes) redis.thaw()
    else await redis.start()
    backAt = Date.now() / 1000
  }

  return {
    get isGone() {
      return over !== undefined
    },
    get backAt() {
      return backAt
    },
    over: () => over ?? Promise.resolve(),
    async next(turn) {
      const kind = KINDS[turn % KINDS.length]
      if (kind === undefined) return
      over = goAway(kind)
      try {
        await over
      } finally {
        over = undefined
      }
    },
  }
}
