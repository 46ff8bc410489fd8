import { secretHash } from './digest-words.js'
import type { DigestWords, SecretHash } from './digest-words.js'

/** Keys with their expiry, in typed arrays: 24 bytes a slot, and nothing for the garbage collector to walk. */
export interface ReplayTable {
  /** A place for a key, to be filled before the next call; undefined when the key is kept: until its expiry, inclusively. */
  placeFor(key: DigestWords, time: number): Place | undefined
  put(place: Place, key: DigestWords, until: number): void
}

/** Where a key can be put. */
export interface Place {
  readonly shard: Shard
  readonly slot: number
}

/** A part of the table. */
interface Shard {
  /** Four words a slot. */
  readonly words: Int32Array
  /** One a slot; 0 where there was never a key. */
  readonly expiries: Float64Array
  /** Slots that are taken, by expired keys too. */
  taken: number
}

// Each grows by itself, and is cleared of expired keys when it does: no call pays for the whole table.
const SHARD_BITS = 8
const SMALLEST = 8
const KEPT = -1

export function createReplayTable(): ReplayTable {
  const hash = secretHash()
  const shards: (Shard | undefined)[] = []
  return {
    placeFor(key, time) {
      const hashed = hash(key[0], key[1])
      const index = shardOf(hashed)
      let shard = (shards[index] ??= emptyShard(SMALLEST))
      if (shard.taken >= shard.expiries.length * largestLoad(index)) {
        shard = rebuilt(shard, time, hash)
        shards[index] = shard
      }
      const slot = findSlot(shard, hashed, key, time)
      return slot === KEPT ? undefined : { shard, slot }
    },
    put: ({ shard, slot }, key, until) => put(shard, slot, key, until),
  }
}

function shardOf(hashed: number): number {
  return hashed >>> (32 - SHARD_BITS)
}

/** Between 0.6 and 0.75, so that the shards, which fill alike, do not all grow at the same time. */
function largestLoad(shard: number): number {
  return 0.6 + (0.15 * shard) / (1 << SHARD_BITS)
}

function emptyShard(slots: number): Shard {
  return { words: new Int32Array(slots * 4), expiries: new Float64Array(slots), taken: 0 }
}

/** Linear probing. @returns {@link KEPT}, or the slot that the key may be put into */
function findSlot({ words, expiries }: Shard, hashed: number, key: DigestWords, time: number): number {
  const mask = expiries.length - 1
  let free = -1
  for (let slot = hashed & mask; ; slot = (slot + 1) & mask) {
    const until = expiries[slot] ?? 0
    if (until === 0) return free === -1 ? slot : free
    const expired = until < time
    if (!expired && isAt(words, slot * 4, key)) return KEPT
    if (expired && free === -1) free = slot
  }
}

function isAt(words: Int32Array, at: number, key: DigestWords): boolean {
  return words[at] === key[0] && words[at + 1] === key[1] && words[at + 2] === key[2] && words[at + 3] === key[3]
}

function put(shard: Shard, slot: number, key: DigestWords, until: number): void {
  if (shard.expiries[slot] === 0) shard.taken += 1
  shard.expiries[slot] = until
  for (let word = 0; word < 4; word++) shard.words[slot * 4 + word] = key[word] ?? 0
}

/** Without the expired keys, at half its load at most. */
function rebuilt({ words, expiries }: Shard, time: number, hash: SecretHash): Shard {
  let live = 0
  for (const until of expiries) if (isLive(until, time)) live += 1
  let slots = SMALLEST
  while (slots < live * 2) slots *= 2
  const fresh = emptyShard(slots)
  for (let slot = 0; slot < expiries.length; slot++) {
    if (isLive(expiries[slot] ?? 0, time)) move(fresh, { words, expiries }, slot, hash)
  }
  return fresh
}

function isLive(until: number, time: number): boolean {
  return until !== 0 && until >= time
}

function move(fresh: Shard, { words, expiries }: Omit<Shard, 'taken'>, from: number, hash: SecretHash): void {
  const mask = fresh.expiries.length - 1
  let slot = hash(words[from * 4] ?? 0, words[from * 4 + 1] ?? 0) & mask
  while (fresh.expiries[slot] !== 0) slot = (slot + 1) & mask
  fresh.expiries[slot] = expiries[from] ?? 0
  for (let word = 0; word < 4; word++) fresh.words[slot * 4 + word] = words[from * 4 + word] ?? 0
  fresh.taken += 1
}
