import type { ReplayResult, ReplayStore } from '@acme/auth-core'

import { setOnceOf } from './client.js'
import type { RedisClient } from './client.js'
import { createHealth } from './health.js'
import { withMemory } from './memory.js'
import { resolveOptions } from './options.js'
import type { RedisReplayStoreOptions } from './options.js'
import { within } from './within.js'

/** A {@link ReplayStore} that always answers later. */
export interface RedisReplayStore extends ReplayStore {
  reserve(key: string, until: number, thumbprint: string): Promise<ReplayResult>
}

// Clients queue commands while they reconnect, and each is one that somebody's request made.
const MOST_PENDING = 10_000

/**
 * A replay store that all replicas of an API share (RFC 9449 §11.1): one `SET key 1 PX … NX` for each proof.
 *
 * The client is the caller's: to be connected, listened to for errors, and closed by the caller. Redis must not evict
 * keys (`maxmemory-policy noeviction`) and must keep them when it restarts (`appendonly yes`); this does NOT check
 * either. A failover to a replica that had not got a proof yet forgets it.
 *
 * @param client - of `redis` or `ioredis`: single, Sentinel or Cluster
 * @throws {TypeError} when the client is none, or an option is bad
 */
export function redisReplayStore(client: RedisClient, options: RedisReplayStoreOptions = {}): RedisReplayStore {
  const settings = resolveOptions(options)
  const { prefix, timeout, clockTolerance, memory, onEvent, now } = settings
  const setOnce = setOnceOf(client)
  const health = createHealth(memory === undefined ? 'refuse' : 'memory', onEvent)
  let pending = 0

  async function send(key: string, until: number): Promise<unknown> {
    if (pending >= MOST_PENDING) throw new Error(`${MOST_PENDING} commands are waiting for Redis`)
    // Rounded up: Redis counts whole milliseconds. A proof whose time is over needs no more than the shortest.
    const milliseconds = Math.max(1, Math.ceil((until - now() + clockTolerance) * 1000))
    if (!Number.isSafeInteger(milliseconds)) throw new Error(`a proof cannot be kept until ${until}`)
    pending += 1
    try {
      return await setOnce(prefix + key, milliseconds)
    } finally {
      pending -= 1
    }
  }

  async function reserve(key: string, until: number, seconds: number): Promise<ReplayResult> {
    try {
      // A late answer is dropped: by then the request was refused. The proof stays reserved, which refuses its replay.
      const result = resultOf(await within(seconds, send(key, until)))
      health.answered()
      return result
    } catch (error) {
      health.failed(error)
      throw error
    }
  }

  if (memory === undefined) return { reserve: (key, until) => reserve(key, until, timeout) }
  // While Redis is down nobody waits for all of the time-out; what waits in the client's queue is reserved later.
  return withMemory({ memory, now, reserve: (key, until) => reserve(key, until, health.down ? timeout / 10 : timeout) })
}

/** Anything but the two replies of `SET … NX` is a fault: a store that cannot tell must not let proofs through. */
function resultOf(reply: unknown): ReplayResult {
  if (reply === 'OK') return 'reserved'
  if (reply === null) return 'seen'
  throw new Error('Redis gave neither of the two replies to SET with NX')
}
