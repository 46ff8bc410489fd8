import type { TicketStore } from '@acme/auth-core'

import { createPending } from '../pending.js'
import { shardOf } from '../shards.js'
import { requireOptions } from '../store-options.js'
import { within } from '../within.js'
import { ticketCommandsOf } from './commands.js'
import type { RedisTicketClient } from './commands.js'

/** Options of {@link redisTicketStore}. Durations are seconds. */
export interface RedisTicketStoreOptions {
  /** What the names of the keys start with. Every replica of an API needs the same. @defaultValue 'tickets:' */
  readonly prefix?: string
  /** How long a request waits for Redis at most. @defaultValue 1 */
  readonly timeout?: number
}

/** A {@link TicketStore} that always answers later. Both methods reject when Redis does not answer. */
export interface RedisTicketStore extends TicketStore {
  put(id: string, sealed: string, seconds: number): Promise<void>
  take(id: string): Promise<string | undefined>
}

// 32 KiB each, while Redis hangs: 32 MiB for each master.
const MOST_PENDING = 1000
const MOST_BYTES = 32 * 1024
const MOST_SECONDS = 86_400

/**
 * Tickets for connections that all replicas of an API share: whichever issued one, any redeems it, once. One
 * `SET … NX PX` for each that is issued; for each that is redeemed one `GETDEL` by `redis`, and by `ioredis`, which may send
 * a command twice, one `SET … XX GET`, which leaves a mark until the ticket would have ended (both of Redis 6.2).
 *
 * The client is the caller's: to be connected, listened to for errors, and closed by the caller. When Redis fails, both
 * methods reject. A failover to a replica that had not got that yet forgets it: the ticket is good once more, until
 * it expires. This does NOT limit how many tickets one caller may have.
 *
 * @param client - of `redis` or `ioredis`: single, Sentinel or Cluster
 * @throws {TypeError} when the client is none, or an option is bad
 * @example
 * ```ts
 * import { redisTicketStore } from '@acme/auth-redis/tickets'
 * import { createClient } from 'redis'
 *
 * const client = createClient({ url: process.env['REDIS_URL'] ?? 'redis://localhost:6379' })
 * client.on('error', () => undefined) // or log it
 * await client.connect()
 * const tickets = redisTicketStore(client)
 * console.log(await tickets.take('47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU')) // undefined: there is none
 * await client.close()
 * ```
 */
export function redisTicketStore(client: RedisTicketClient, options: RedisTicketStoreOptions = {}): RedisTicketStore {
  requireOptions(options, ['prefix', 'timeout'])
  const { prefix = 'tickets:', timeout = 1 } = options
  const commands = ticketCommandsOf(client)
  const shardOfKey = shardOf(client)
  const pending = createPending(MOST_PENDING)

  async function send(key: string, command: () => Promise<unknown>): Promise<unknown> {
    const shard = shardOfKey(key)
    pending.enter(shard)
    // Counted until the client lets go of it, and not only until the request has given up.
    const leaving = async (): Promise<unknown> => {
      try {
        return await command()
      } finally {
        pending.leave(shard)
      }
    }
    return within(timeout, leaving())
  }

  return {
    async put(id, sealed, seconds) {
      requireTicket(id, sealed, seconds)
      const key = prefix + id
      // PX and not PXAT: the remaining time does not depend on the clock of the Redis server.
      const reply = await send(key, () => commands.setOnce(key, sealed, Math.ceil(seconds * 1000)))
      if (reply === 'OK') return
      if (reply !== null) throw new Error('Redis gave neither of the two replies to SET with NX')
      // `ioredis` sends a command again when the reply was lost: then it is there already, and ours.
      if ((await send(key, () => commands.get(key))) !== sealed) throw new Error('there is a ticket of that name')
    },
    async take(id) {
      // Nothing that a caller made up becomes the name of a key.
      if (!isTicketId(id)) return undefined
      const key = prefix + id
      const reply = await send(key, () => commands.take(key))
      if (reply === null) return undefined
      if (typeof reply !== 'string') throw new Error('Redis gave no text in place of a ticket')
      return reply
    },
  }
}

function isTicketId(id: unknown): boolean {
  return typeof id === 'string' && /^[\w-]{43}$/.test(id)
}

/** @throws {RangeError} that shows nothing of it */
function requireTicket(id: string, sealed: string, seconds: number): void {
  if (!isTicketId(id)) throw new RangeError('the name of a ticket is not 43 characters of base64url')
  const isText = typeof sealed === 'string' && sealed.length <= MOST_BYTES && Buffer.byteLength(sealed) <= MOST_BYTES
  if (!isText) throw new RangeError(`a ticket is no text of at most ${MOST_BYTES} bytes`)
  if (!(seconds > 0 && seconds <= MOST_SECONDS)) throw new RangeError('a ticket is not kept for up to a day')
}
