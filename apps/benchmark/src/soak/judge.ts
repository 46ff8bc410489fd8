import type { Memory } from './probe.js'
import type { Counts } from './tally.js'

/** A server's memory at one moment. */
export interface Sample extends Memory {
  /** Seconds since the load began. */
  readonly at: number
  /** Whether garbage was collected just before. */
  readonly collected: boolean
}

/** What became of a server's memory once it should grow no more. Bytes. */
export interface MemoryVerdict {
  /** `not judged`: the run was too short for the replay store to stop filling. */
  readonly verdict: 'flat' | 'growing' | 'not judged'
  /** Of the medians of the two halves of the steady time. */
  readonly rssGrowth: number
  /** Of what is in use after a collection, from the start of the steady time to the end. */
  readonly heapGrowth: number
}

const MEBIBYTE = 2 ** 20
/** Seconds for which a proof is remembered, and ten for its room to be used again: then the replay store is full-grown. */
const STORE_FILLED = 345
/** Of the steady time, in seconds: below that, halves say nothing. */
const SHORTEST = 120
const WARM_UP = 0.3
const ALLOWED = { share: 0.1, rss: 20 * MEBIBYTE, heap: 5 * MEBIBYTE } as const

/** From when on memory should be flat, in seconds since the load began. */
export function steadyFrom(seconds: number): number {
  const warm = seconds * WARM_UP
  return isLongEnough(seconds) ? Math.max(warm, STORE_FILLED) : warm
}

function isLongEnough(seconds: number): boolean {
  return seconds - STORE_FILLED >= SHORTEST
}

/** When garbage is collected before a sample: at the ends and in the middle, so that it favours neither half. */
export function collections(seconds: number): readonly number[] {
  const start = steadyFrom(seconds)
  return [start, (start + seconds) / 2, seconds]
}

export function judgeMemory(samples: readonly Sample[], seconds: number): MemoryVerdict {
  const start = steadyFrom(seconds)
  const middle = (start + seconds) / 2
  const early = median(samples.filter(({ at }) => at >= start && at < middle).map(({ rss }) => rss))
  const late = median(samples.filter(({ at }) => at >= middle).map(({ rss }) => rss))
  const heaps = samples.filter(({ collected }) => collected).map(({ heapUsed }) => heapUsed)
  const [firstHeap = Number.NaN] = heaps
  const rssGrowth = late - early
  const heapGrowth = heaps.length < 2 ? Number.NaN : (heaps.at(-1) ?? Number.NaN) - firstHeap
  if (!isLongEnough(seconds)) return { verdict: 'not judged', rssGrowth, heapGrowth }
  // Written so that what was never measured is not flat.
  const flat =
    rssGrowth <= Math.max(ALLOWED.rss, ALLOWED.share * early) &&
    heapGrowth <= Math.max(ALLOWED.heap, ALLOWED.share * firstHeap)
  return { verdict: flat ? 'flat' : 'growing', rssGrowth, heapGrowth }
}

/** NaN of nothing. */
function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  const upper = sorted[middle] ?? Number.NaN
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? Number.NaN)) / 2
}

/** RSS of the last sample up to a part of the run; NaN when there is none. */
export function rssAt(samples: readonly Sample[], part: number, seconds: number): number {
  // Samples come a little after their time.
  return samples.findLast(({ at }) => at <= part * seconds + 1)?.rss ?? Number.NaN
}

/** What is judged of one server. */
export interface ServerRecord {
  readonly name: string
  readonly counts: Counts
  readonly memory: MemoryVerdict
}

/** What is wrong, in words; nothing when the soak is passed. */
export function failures(servers: readonly ServerRecord[]): readonly string[] {
  return servers.flatMap(({ name, counts, memory }) => [
    ...(counts.requests === 0 ? [`${name}: no request`] : []),
    ...(counts.acceptedReplays > 0 ? [`${name}: ${counts.acceptedReplays} accepted replays`] : []),
    ...(counts.unexpected > 0 ? [`${name}: ${counts.unexpected} unexpected answers`] : []),
    ...(memory.verdict === 'growing' ? [`${name}: memory grows`] : []),
  ])
}
