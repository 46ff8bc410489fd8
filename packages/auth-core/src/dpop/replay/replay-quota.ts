import { secretHash } from './digest-words.js'
import type { DigestWords } from './digest-words.js'

/** Counts live entries, in total and by owner, in memory that does not grow with the number of owners. */
export interface ReplayQuota {
  /**
   * Counts one entry more. Expired ones count until their bucket ends. An owner is never counted too low; too high if it
   * shares a cell in every row with busy owners.
   *
   * @throws {Error} when there is no room for it
   */
  add(owner: DigestWords, until: number, time: number): void
}

/** The most live entries. */
interface ReplayLimits {
  readonly maxEntries: number
  readonly maxEntriesPerOwner: number
}

interface Bucket {
  /** When the last of its entries has expired, in seconds since the epoch. */
  readonly end: number
  entries: number
  readonly cells: Uint32Array
}

// A count-min sketch (Cormode, Muthukrishnan 2005): an owner has one cell in each row, and its estimate is the least of
// its cells. An owner may take a quarter of the store by default, so at most four cells of a row are at the quota. The
// chance that another owner collides with these in all three rows is (4/256)³, once in 260,000.
const ROWS = 3
const COLUMNS = 256
// Entries of one bucket are subtracted from the counts together. A bucket is ten seconds wide, or, for lifetimes beyond
// 320 seconds, a 32nd to a 16th of the lifetime.
const SHORTEST_BUCKET = 10
const BUCKETS_A_LIFETIME = 32

export function createReplayQuota({ maxEntries, maxEntriesPerOwner }: ReplayLimits): ReplayQuota {
  const hashes = Array.from({ length: ROWS }, secretHash)
  const buckets = new Map<number, Bucket>()
  const cells = new Uint32Array(ROWS * COLUMNS)
  let entries = 0
  let nextEnd = Infinity

  function cellOf(owner: DigestWords, row: number): number {
    return row * COLUMNS + ((hashes[row]?.(owner[0], owner[1]) ?? 0) % COLUMNS)
  }

  function dropExpired(time: number): void {
    nextEnd = Infinity
    for (const bucket of buckets.values()) {
      if (bucket.end >= time) {
        nextEnd = Math.min(nextEnd, bucket.end)
        continue
      }
      buckets.delete(bucket.end)
      entries -= bucket.entries
      for (const [cell, count] of bucket.cells.entries()) cells[cell] = (cells[cell] ?? 0) - count
    }
  }

  return {
    add(owner, until, time) {
      if (time > nextEnd) dropExpired(time)
      if (entries >= maxEntries) throw new Error(`replay store is full: ${maxEntries} proofs`)
      let ofOwner = Infinity
      for (let row = 0; row < ROWS; row++) ofOwner = Math.min(ofOwner, cells[cellOf(owner, row)] ?? 0)
      if (ofOwner >= maxEntriesPerOwner) {
        throw new Error(`replay store: ${maxEntriesPerOwner} proofs of one subject, which is its limit`)
      }
      const end = bucketEnd(until, time)
      let bucket = buckets.get(end)
      if (bucket === undefined) {
        bucket = { end, entries: 0, cells: new Uint32Array(ROWS * COLUMNS) }
        buckets.set(end, bucket)
        nextEnd = Math.min(nextEnd, end)
      }
      bucket.entries += 1
      entries += 1
      for (let row = 0; row < ROWS; row++) {
        const cell = cellOf(owner, row)
        bucket.cells[cell] = (bucket.cells[cell] ?? 0) + 1
        cells[cell] = (cells[cell] ?? 0) + 1
      }
    },
  }
}

/**
 * Rounds the expiry up to the end of a bucket. Widths are ten seconds times a power of two, so there are few distinct
 * ends.
 */
function bucketEnd(until: number, time: number): number {
  let width = SHORTEST_BUCKET
  while (width * BUCKETS_A_LIFETIME < until - time) width *= 2
  return Math.ceil(until / width) * width
}
