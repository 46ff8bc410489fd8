import { Redis } from 'ioredis'
import type { RedisOptions } from 'ioredis'

type Settings = Pick<RedisOptions, 'enableOfflineQueue' | 'maxRetriesPerRequest' | 'commandTimeout'>

/** A connection that comes back by itself. Each failed attempt is an error event; whoever needs it, fails and says so. */
export function connect(url: string, options: Settings): Redis {
  const retryStrategy = (times: number): number => Math.min(100 * times, 1000)
  return new Redis(url, { ...options, retryStrategy }).on('error', () => undefined)
}

/** For commands whose caller waits for an answer: they fail at once when Redis is away. */
export const FAIL_FAST: Settings = { enableOfflineQueue: false, maxRetriesPerRequest: 1, commandTimeout: 2000 }

/** For commands that wait for something to come: BullMQ wants them tried without an end. */
export const BLOCKING: Settings = { maxRetriesPerRequest: null }

/** Longer than any task may take. */
const GRACE_MS = 30_000

/** Waits no longer than that: closing is waited for in vain while Redis is away. */
export async function atMost(seconds: number, closing: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const over = new Promise<void>((resolve) => (timer = setTimeout(resolve, seconds * 1000)))
  await Promise.race([closing, over])
  clearTimeout(timer)
}

/** Runs a program, and stops it by SIGTERM or SIGINT. A bad setting ends it with a message that names the variable. */
export async function run(start: () => Promise<{ origin: string; stop: () => Promise<unknown> }>): Promise<void> {
  try {
    const { origin, stop } = await start()
    let stopping = false
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      process.on(signal, () => {
        // A terminal and a process manager may both send one.
        if (stopping) return
        stopping = true
        console.error('stopping')
        // Whatever still waits by then, waits for something that does not come.
        setTimeout(() => process.exit(1), GRACE_MS).unref()
        stop().then(() => process.exit(0), fail)
      })
    }
    console.log(`listening on ${origin}`)
  } catch (error) {
    fail(error)
  }
}

function fail(error: unknown): void {
  console.error(error instanceof TypeError ? error.message : error)
  process.exit(1)
}
