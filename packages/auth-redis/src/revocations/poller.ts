/** Does something at an interval, and sooner when it is asked to; never twice at once. */
export interface Poller {
  /** Does it now, or waits for what is going on. */
  now(): Promise<void>
  /** Does it soon: what is going on may be too old. */
  soon(): void
  /** What is going on. */
  running(): Promise<void> | undefined
  stop(): void
}

// A burst of news is one look, whoever sends it.
const PAUSE = 0.05

/** Its timer holds no process open. @param interval - seconds */
export function createPoller(interval: number, work: () => Promise<void>): Poller {
  let timer: NodeJS.Timeout | undefined
  let running: Promise<void> | undefined
  let startedAt = -Infinity
  let again = false
  let stopped = false

  function plan(seconds: number): void {
    clearTimeout(timer)
    if (stopped) return
    timer = setTimeout(() => void now().catch(() => undefined), seconds * 1000)
    timer.unref()
  }

  async function once(): Promise<void> {
    clearTimeout(timer)
    startedAt = performance.now() / 1000
    again = false
    try {
      await work()
    } finally {
      running = undefined
      plan(again ? PAUSE : interval)
    }
  }

  function now(): Promise<void> {
    running ??= once()
    return running
  }

  return {
    now,
    soon() {
      if (running === undefined) plan(Math.max(0, startedAt + PAUSE - performance.now() / 1000))
      else again = true
    },
    running: () => running,
    stop() {
      stopped = true
      clearTimeout(timer)
    },
  }
}
