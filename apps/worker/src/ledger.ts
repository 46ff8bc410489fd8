import type { Redis } from 'ioredis'

/** Which jobs were done: an envelope is good for one job, however often it stands in the queue. */
export interface Ledger {
  /** @returns `begun` for the one who may do it now; an answer within its lease is wanted */
  begin(id: string, expiresAt: number): Promise<'begun' | 'busy' | 'done'>
  /** It was done, and is never begun again. */
  finish(id: string, expiresAt: number): Promise<void>
  /** It was not done, and may be begun again. */
  release(id: string): Promise<void>
  close(): Promise<unknown>
}

/** Seconds after which a job that was begun counts as lost with its worker. Longer than any task may take. */
export const LEASE = 60
const MAX_ENTRIES = 100_000

/** For one worker: after a restart an envelope that has not expired is good again. */
export function memoryLedger(now: () => number): Ledger {
  const entries = new Map<string, { state: 'busy' | 'done'; expiresAt: number }>()
  const sweep = (): void => {
    for (const [id, { expiresAt }] of entries) if (expiresAt <= now()) entries.delete(id)
  }
  return {
    async begin(id, expiresAt) {
      const found = entries.get(id)
      if (found !== undefined) return found.state
      if (entries.size >= MAX_ENTRIES) sweep()
      // Fails closed: to forget one would be to accept it twice.
      if (entries.size >= MAX_ENTRIES) throw new Error('the ledger is full')
      entries.set(id, { state: 'busy', expiresAt })
      return 'begun'
    },
    async finish(id, expiresAt) {
      entries.set(id, { state: 'done', expiresAt })
    },
    async release(id) {
      entries.delete(id)
    },
    close: async () => undefined,
  }
}

/** For all workers that share this Redis: one where whoever writes to the queue cannot. */
export function redisLedger(redis: Redis): Ledger {
  const key = (id: string): string => `job-ledger:${id}`
  return {
    async begin(id) {
      if ((await redis.set(key(id), 'busy', 'EX', LEASE, 'NX')) === 'OK') return 'begun'
      return (await redis.get(key(id))) === 'done' ? 'done' : 'busy'
    },
    async finish(id, expiresAt) {
      await redis.set(key(id), 'done', 'EXAT', Math.ceil(expiresAt) + LEASE)
    },
    async release(id) {
      await redis.del(key(id))
    },
    async close() {
      redis.disconnect()
    },
  }
}
