import { createEpochs } from '@acme/auth-core'
import type { MemoryRevocations, RevocationListener, RevokedTokens } from '@acme/auth-core'

import { callHook, messageOf } from '../hook.js'
import type { RedisRevocationsClient } from './client.js'
import type { RedisRevocationsEvent } from './events.js'
import { createLog, keysOf } from './log.js'
import { resolveOptions } from './options.js'
import type { RedisRevocationsOptions } from './options.js'
import { createPoller } from './poller.js'
import { createReplica } from './replica.js'
import { subscriptionOf } from './subscription.js'

/** A {@link RevocationSource} that all replicas of an API share. */
export interface RedisRevocations extends MemoryRevocations {
  /**
   * Refuses the access tokens that were issued before a time: in this process at once, and, when it resolves, in all replicas
   * within a second. When it rejects with an `Error`, this process refuses them all the same, and tells Redis later.
   *
   * @param tokens - whose: what is given must all match. Name the issuer where there are several, since a subject of one may be
   * a subject of another
   * @param issuedBefore - seconds since the epoch, by the clock of the issuer. @defaultValue now
   * @throws {TypeError} for members that are unknown, empty or of another type, or none
   * @throws {Error} when Redis does not answer, or when no more fit in
   */
  revoke(tokens: RevokedTokens, issuedBefore?: number): Promise<void>
  /** Reads all revocations. @throws {Error} when Redis does not answer */
  preload(): Promise<void>
  state(): 'up' | 'down'
  subscribe(listener: RevocationListener): () => void
  /** Ends the subscription and the timers, and closes the subscriber that it has opened. It answers nothing any more. */
  close(): Promise<void>
}

// More at once are told as if they were everybody's: each is held against all open connections.
const MOST_TOLD = 100

/**
 * Revocations that all replicas of an API share: what one revokes the others refuse within a second. Each replica holds all
 * of them and decides by itself, without asking Redis for a request. It reads what is new when it is told to by pub/sub, and
 * each second in any case. When it could not for `maxStaleness`, it throws, as nobody knows what was revoked since: 503.
 *
 * The client is the caller's: to be connected, listened to for errors, and closed by the caller, after `close()`. A Redis
 * that came back without revocations gets them back from the replicas that hold them; one that comes back so when no
 * replica runs has forgotten them, so it must not evict keys (`maxmemory-policy noeviction`) and must keep them when it
 * restarts (`appendonly yes`); this does NOT check either. Whoever can write to Redis can revoke anybody's tokens.
 *
 * @param client - of `redis` or `ioredis`: single, Sentinel or Cluster
 * @throws {TypeError} when the client is none, or an option is bad
 * @example
 * ```ts
 * import { redisRevocations } from '@acme/auth-redis/revocations'
 * import { createClient } from 'redis'
 *
 * const client = createClient({ url: process.env['REDIS_URL'] ?? 'redis://localhost:6379' })
 * client.on('error', () => undefined) // or log it
 * await client.connect()
 * const revocation = redisRevocations(client)
 * await revocation.revoke({ issuer: 'https://tenant.auth0.com/', subject: 'auth0|42' })
 * await revocation.close()
 * await client.close()
 * ```
 */
export function redisRevocations(
  client: RedisRevocationsClient,
  options: RedisRevocationsOptions = {},
): RedisRevocations {
  const settings = resolveOptions(options)
  const { retention, maxEntries, maxStaleness, now, onEvent } = settings
  const log = createLog(client, settings)
  const epochs = createEpochs({ retention, maxEntries, now })
  const listeners = new Set<{ readonly listener: RevocationListener }>()
  // Of a clock that cannot be set: when what was read last was true.
  let readAt = -Infinity
  let isDown = false
  let isStarted = false
  let isClosed = false

  function tell(each: (listener: RevocationListener) => void): void {
    for (const { listener } of listeners) callHook(each, listener)
  }

  function emit(transition: RedisRevocationsEvent['transition'], detail?: string, cause?: unknown): void {
    callHook(onEvent, { type: 'revocations', transition, detail, cause })
  }

  function revoked(tokens: readonly RevokedTokens[]): void {
    const told = tokens.length > MOST_TOLD ? [{}] : tokens
    for (const one of told) tell((listener) => listener.revoked(one))
  }

  function rejected(detail: string): void {
    emit('rejected', detail)
    tell((listener) => listener.rejected?.(detail))
  }

  const restored = (count: number): void =>
    emit('restored', `${count} revocations that Redis did not have were written back`)
  const replica = createReplica({ log, epochs, retention, maxEntries, now, tell: { revoked, restored, rejected } })
  const age = (): number => performance.now() / 1000 - readAt
  const isFresh = (): boolean => !isClosed && age() <= maxStaleness

  function setDown(down: boolean, cause?: unknown): void {
    if (isDown === down || isClosed) return
    isDown = down
    const state = down ? 'down' : 'up'
    emit(state, messageOf(cause), cause)
    tell((listener) => listener.changed?.(state, messageOf(cause)))
  }

  const poller = createPoller(settings.interval, async () => {
    const startedAt = performance.now() / 1000
    // The looks go on without it.
    subscription.ensure().catch(() => undefined)
    try {
      await replica.sync()
      readAt = startedAt
      setDown(false)
    } catch (error) {
      if (!isFresh()) setDown(true, error)
      throw error
    }
  })
  const { channel } = keysOf(settings.prefix)
  const subscription = subscriptionOf(client, settings.subscriber, channel, () => poller.soon())

  function start(): void {
    if (isStarted || isClosed) return
    isStarted = true
    poller.now().catch(() => undefined)
  }

  function requireOpen(): void {
    if (isClosed) throw new Error('the source of revocations was closed')
  }

  return {
    name: 'redis',
    onFailure: settings.onFailure,
    check(token) {
      requireOpen()
      start()
      const answer = epochs.check(token)
      // What was revoked stays so, whatever Redis says later: also where an outage lets the others pass.
      if (answer.revoked || isFresh()) return answer
      const first = readAt === -Infinity ? poller.running() : undefined
      if (first !== undefined) return first.then(() => epochs.check(token))
      const error = new Error(
        readAt === -Infinity ? 'Redis was not read yet' : `Redis was last read ${Math.round(age())} s ago`,
      )
      setDown(true, error)
      throw error
    },
    async revoke(tokens, issuedBefore = now()) {
      requireOpen()
      start()
      await replica.revoke(tokens, issuedBefore)
    },
    async preload() {
      requireOpen()
      isStarted = true
      await poller.now()
    },
    state: () => (isFresh() ? 'up' : 'down'),
    subscribe(listener) {
      // One listener may be given twice, and each ends its own.
      const own = { listener }
      listeners.add(own)
      start()
      return () => void listeners.delete(own)
    },
    async close() {
      isClosed = true
      poller.stop()
      listeners.clear()
      await subscription.close()
    },
  }
}
