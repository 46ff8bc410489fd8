import { createClient } from 'redis'

import { RetryLater } from './limits.js'

/** Counts in Redis, for all replicas. */
export interface SharedCounter {
  /**
   * Counts one more.
   *
   * @throws {RetryLater} 503, at once or after half of a second at most, when Redis does not answer
   */
  hit(key: string): Promise<Count>
  /** Connects in the background, and again whenever the connection breaks. */
  open(): void
  close(): Promise<void>
}

export interface Count {
  readonly hits: number
  /** Milliseconds until the count starts anew. */
  readonly left: number
}

/** Seconds after which a client may ask again while Redis is gone. */
const RETRY_AFTER = 5
const TIMEOUT_MS = 400
// Commands that a frozen Redis has not answered: others fail at once.
const MOST_WAITING = 1000

// One step: a process that dies between two commands would leave a count that never ends.
const HIT = `
local hits = redis.call('INCR', KEYS[1])
local left = redis.call('PTTL', KEYS[1])
if left < 0 then
  left = tonumber(ARGV[1])
  redis.call('PEXPIRE', KEYS[1], left)
end
return { hits, left }`

/**
 * @param window - seconds from the first hit of a key until its count starts anew
 * @throws when it is not the URL of a Redis
 */
export function sharedCounter(url: string, window: number): SharedCounter {
  // With its queue, a client without a connection would keep requests waiting instead of failing them.
  const client = createClient({ url, disableOfflineQueue: true, commandsQueueMaxLength: MOST_WAITING })
  // Each failed attempt is an error; what is told is that counting stopped.
  client.on('error', () => undefined)
  const milliseconds = String(Math.ceil(window * 1000))
  let state: 'up' | 'down' = 'up'
  const become = (next: typeof state): void => {
    if (next !== state) console.error(JSON.stringify({ event: 'rate_limits', state: next }))
    state = next
  }
  return {
    async hit(key) {
      try {
        const reply = await inTime(client.eval(HIT, { keys: [`limit:${key}`], arguments: [milliseconds] }))
        const [hits, left] = reply as [number, number] // as: what the script returns
        become('up')
        return { hits, left }
      } catch (cause) {
        become('down')
        throw new RetryLater(503, RETRY_AFTER, { cause })
      }
    },
    open: () => void client.connect().catch(() => undefined),
    async close() {
      // A connection that does not come about would never be closed politely.
      if (client.isReady) await inTime(client.close()).catch(() => client.destroy())
      else client.destroy()
    },
  }
}

/** A Redis that is frozen keeps its connections, and answers nothing. */
async function inTime<Reply>(pending: Promise<Reply>): Promise<Reply> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer of Redis in ${TIMEOUT_MS} ms`)), TIMEOUT_MS)
  })
  try {
    return await Promise.race([pending, late])
  } finally {
    clearTimeout(timer)
  }
}
