import { configurationError } from '../settings.js'

/** Remembers proofs, so that none is accepted twice (RFC 9449 §11.1). */
export interface ReplayStore {
  /**
   * Reserves a key, atomically: of any number of concurrent calls with one key, one gets `reserved`.
   *
   * @param key - 43 characters that stand for one proof
   * @param until - when the proof can no longer be accepted, in seconds since the epoch; the key is kept until then
   * @returns `seen` when the key is reserved already
   * @throws whatever went wrong, when it cannot tell: the request is then refused with 503
   */
  reserve(key: string, until: number): ReplayResult | Promise<ReplayResult>
}

export type ReplayResult = 'reserved' | 'seen'

/** Options of {@link memoryReplayStore}. */
export interface MemoryReplayStoreOptions {
  /** The most proofs that are remembered at once. @defaultValue 100000 */
  readonly maxEntries?: number
  /** Seconds since the epoch. @defaultValue the system clock */
  readonly now?: () => number
}

// Keys that expire within the same ten seconds are dropped together, without looking at each.
const BUCKET_SECONDS = 10

/**
 * A replay store in the memory of one process; several replicas need a shared one.
 * When it is full it throws, so that the request is refused: it never forgets a proof early.
 *
 * @throws {TypeError} when maxEntries is not a whole number of 1 or more
 */
export function memoryReplayStore(options: MemoryReplayStoreOptions = {}): ReplayStore {
  const { maxEntries = 100_000, now = () => Date.now() / 1000 } = options
  if (!Number.isSafeInteger(maxEntries) || maxEntries < 1) {
    throw configurationError('maxEntries', maxEntries, 'a whole number of proofs, 1 or more')
  }
  const buckets = new Map<number, string[]>()
  const expiries = new Map<string, number>()

  function dropExpired(time: number): void {
    for (const [bucket, keys] of buckets) {
      const end = (bucket + 1) * BUCKET_SECONDS
      if (end > time) continue
      // A key that was reserved anew lives in a later bucket.
      for (const key of keys) if ((expiries.get(key) ?? end) < end) expiries.delete(key)
      buckets.delete(bucket)
    }
  }

  return {
    reserve(key, until) {
      const time = now()
      dropExpired(time)
      const known = expiries.get(key)
      if (known !== undefined && time <= known) return 'seen'
      if (known === undefined && expiries.size >= maxEntries)
        throw new Error(`replay store is full: ${maxEntries} proofs`)
      expiries.set(key, until)
      const bucket = Math.floor(until / BUCKET_SECONDS)
      const keys = buckets.get(bucket)
      if (keys === undefined) buckets.set(bucket, [key])
      else keys.push(key)
      return 'reserved'
    },
  }
}
