import type { ProofSender, ReplayResult, ReplayStore } from '@acme/auth-core'

import { setOnceOf } from './client.js'
import type { RedisClient } from './client.js'
import { createClockGuard } from './clock-guard.js'
import { createHealth } from './health.js'
import { withMemory } from './memory.js'
import { resolveOptions } from './options.js'
import type { RedisReplayStoreOptions } from './options.js'
import { createPending } from './pending.js'
import { shardOf } from './shards.js'
import { within } from './within.js'

/** A {@link ReplayStore} that always answers later. */
export interface RedisReplayStore extends ReplayStore {
  reserve(key: string, until: number, sender: ProofSender): Promise<ReplayResult>
}

/**
 * A replay store that all replicas of an API share (RFC 9449 §11.1): one `SET key … PX … NX` for each proof.
 *
 * The client is the caller's: to be connected, listened to for errors, and closed by the caller. Redis must not evict
 * keys (`maxmemory-policy noeviction`) and must keep them when it restarts (`appendonly yes`); this does NOT check
 * either. A failover to a replica that had not got a proof yet forgets it. This does NOT limit what one sender may take.
 *
 * @param client - of `redis` or `ioredis`: single, Sentinel or Cluster
 * @throws {TypeError} when the client is none, or an option is bad
 * @example
 * ```ts
 * import { createAuth } from '@acme/auth-express'
 * import { redisReplayStore } from '@acme/auth-redis'
 * import { createClient } from 'redis'
 *
 * const client = createClient({ url: process.env['REDIS_URL'] ?? 'redis://localhost:6379' })
 * client.on('error', console.error)
 * await client.connect()
 * const { requireAuth } = createAuth({
 *   issuer: 'https://issuer.example.com/',
 *   audience: 'https://api.example.com',
 *   dpop: { replay: redisReplayStore(client) },
 * })
 * client.destroy()
 * ```
 */
export function redisReplayStore(client: RedisClient, options: RedisReplayStoreOptions = {}): RedisReplayStore {
  const settings = resolveOptions(options)
  const { prefix, timeout, clockTolerance, memory, onEvent, now } = settings
  const setOnce = setOnceOf(client)
  const shardOfKey = shardOf(client)
  const pending = createPending()
  const health = createHealth(memory === undefined ? 'refuse' : 'memory', onEvent)
  const requireSteadyClock = createClockGuard({ now, clockTolerance })

  /** Rounded up: Redis counts whole milliseconds. A proof whose time is over needs no more than the shortest. */
  function lifetime(until: number): number {
    const milliseconds = Math.max(1, Math.ceil((until - now() + clockTolerance) * 1000))
    if (!Number.isSafeInteger(milliseconds)) throw new Error(`a proof cannot be kept until ${until}`)
    return milliseconds
  }

  async function send(name: string, shard: string, milliseconds: number): Promise<unknown> {
    pending.enter(shard)
    try {
      return await setOnce(name, milliseconds)
    } finally {
      pending.leave(shard)
    }
  }

  async function reserve(key: string, until: number): Promise<ReplayResult> {
    const milliseconds = lifetime(until)
    requireSteadyClock(until)
    const name = prefix + key
    const shard = shardOfKey(name)
    // With a memory to fall back to, nobody waits for all of the time-out; what waits in the client's queue is reserved later.
    const seconds = memory !== undefined && health.isDown(shard) ? timeout / 10 : timeout
    try {
      // A late answer is dropped: by then the request was refused. The proof stays reserved, which refuses its replay.
      const result = resultOf(await within(seconds, send(name, shard, milliseconds)))
      health.answered(shard)
      return result
    } catch (error) {
      health.failed(shard, error)
      throw error
    }
  }

  return memory === undefined ? { reserve } : withMemory({ memory, now, reserve })
}

/** Anything but the two replies of `SET … NX` is a fault: a store that cannot tell must not let proofs through. */
function resultOf(reply: unknown): ReplayResult {
  if (reply === 'OK') return 'reserved'
  if (reply === null) return 'seen'
  throw new Error('Redis gave neither of the two replies to SET with NX')
}
