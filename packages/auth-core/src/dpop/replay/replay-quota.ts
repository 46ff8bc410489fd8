import { secretHash } from './digest-words.js'
import type { DigestWords } from './digest-words.js'

/** Counts live entries, in all and by owner, in memory that does not grow with the number of owners. */
export interface ReplayQuota {
  /** Entries that are live; those that expired count until their bucket ends. */
  total(time: number): number
  /** Live entries of one owner. May be too many, when it shares its cells with an owner that has very many. */
  ofOwner(owner: DigestWords): number
  add(owner: DigestWords, until: number, time: number): void
}

interface Bucket {
  /** When all of its entries have expired. */
  readonly end: number
  entries: number
  readonly cells: Uint32Array
}

// A count-min sketch: each owner has one cell a row, and the least of its cells is its count. Of a store in which no
// owner may have more than a quarter, four cells a row can be at the quota: another owner meets those in all of its
// rows once in 260,000.
const ROWS = 3
const COLUMNS = 256
// Entries that expire within ten seconds, or the 32nd part of their lifetime, are counted out together.
const SHORTEST_BUCKET = 10
const BUCKETS_A_LIFETIME = 32

export function createReplayQuota(): ReplayQuota {
  const hashes = Array.from({ length: ROWS }, secretHash)
  const buckets = new Map<number, Bucket>()
  const cells = new Uint32Array(ROWS * COLUMNS)
  let entries = 0
  let nextEnd = Infinity

  function cellOf(owner: DigestWords, row: number): number {
    return row * COLUMNS + ((hashes[row]?.(owner[0], owner[1]) ?? 0) % COLUMNS)
  }

  function dropExpired(time: number): void {
    if (time <= nextEnd) return
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
    total(time) {
      dropExpired(time)
      return entries
    },
    ofOwner(owner) {
      let least = Infinity
      for (let row = 0; row < ROWS; row++) least = Math.min(least, cells[cellOf(owner, row)] ?? 0)
      return least
    },
    add(owner, until, time) {
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

/** Widths double, so that few distinct ends exist whatever the lifetimes are. */
function bucketEnd(until: number, time: number): number {
  let width = SHORTEST_BUCKET
  while (width * BUCKETS_A_LIFETIME < until - time) width *= 2
  return Math.ceil(until / width) * width
}
