/** Counts the commands that wait for each shard. */
export interface Pending {
  /** @throws {Error} when so many wait for it already */
  enter(shard: string): void
  leave(shard: string): void
}

// Clients queue commands while they reconnect, and each is one that somebody's request made.
const MOST_PENDING = 10_000

/**
 * Bounded by shard, as a client holds a command until its server answers, whatever the time-out is: a server that hangs
 * fills its own share, and the others go on.
 */
export function createPending(most: number = MOST_PENDING): Pending {
  // Of shards that something waits for: as many as there are masters.
  const waiting = new Map<string, number>()
  return {
    enter(shard) {
      const count = waiting.get(shard) ?? 0
      if (count >= most) {
        throw new Error(`${most} commands are waiting for Redis${shard === '' ? '' : ` at ${shard}`}`)
      }
      waiting.set(shard, count + 1)
    },
    leave(shard) {
      const count = waiting.get(shard) ?? 0
      if (count > 1) waiting.set(shard, count - 1)
      else waiting.delete(shard)
    },
  }
}
