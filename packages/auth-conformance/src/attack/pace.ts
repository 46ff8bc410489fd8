import { setTimeout as elapsed } from 'node:timers/promises'

/** What time it is, and a wait, in milliseconds. */
export interface PaceClock {
  readonly now: () => number
  readonly wait: (milliseconds: number) => Promise<unknown>
}

const SYSTEM: PaceClock = { now: () => performance.now(), wait: (milliseconds) => elapsed(milliseconds) }

/** Resolves at most so many times a second, evenly. */
export function createPace(perSecond: number, { now, wait }: PaceClock = SYSTEM): () => Promise<void> {
  let next = now()
  return async () => {
    const pause = next - now()
    next = Math.max(next, now()) + 1000 / perSecond
    if (pause > 0) await wait(pause)
  }
}
