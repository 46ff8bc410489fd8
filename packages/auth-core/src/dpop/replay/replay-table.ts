import { secretHash } from './digest-words.js'
import type { DigestWords, SecretHash } from './digest-words.js'

/**
 * A hash table of keys and their expiries, with open addressing in typed arrays: 24 bytes a slot, none of which the
 * garbage collector has to trace. A Map takes some 150 bytes an entry.
 */
export interface ReplayTable {
  /**
   * Where to insert a key, or undefined when the table has it and it has not expired: it lives up to and including its
   * expiry. The answer is valid until the next call only, which may rehash the shard.
   */
  vacancyFor(key: DigestWords, time: number): Vacancy | undefined
  insert(vacancy: Vacancy, key: DigestWords, until: number): void
}

/** A slot that a key may be inserted into. */
export interface Vacancy {
  readonly shard: Shard
  readonly slot: number
}

/** One of the hash tables that the whole consists of. Times are seconds since the epoch. */
interface Shard {
  /** The keys: four words for each slot. */
  readonly words: Int32Array
  /** One for each slot; 0 if the slot was never used. An expired key is a tombstone: probing must go on behind it. */
  readonly expiries: Float64Array
  /** The number of slots that are not 0, tombstones included. */
  occupied: number
  /** The most of them, before the shard is rehashed. */
  readonly maxOccupied: number
}

// Shards grow one by one, so no call pays for a rehash of the whole table.
const SHARD_BITS = 8
const MIN_SLOTS = 8
const PRESENT = -1

export function createReplayTable(): ReplayTable {
  const hash = secretHash()
  const shards: (Shard | undefined)[] = []
  return {
    vacancyFor(key, time) {
      const hashed = hash(key[0], key[1])
      const index = hashed >>> (32 - SHARD_BITS)
      let shard = shards[index] ?? emptyShard(MIN_SLOTS, index)
      if (shard.occupied >= shard.maxOccupied) shard = rehash(shard, { index, time, hash })
      shards[index] = shard
      const slot = findSlot(shard, hashed, key, time)
      return slot === PRESENT ? undefined : { shard, slot }
    },
    insert,
  }
}

/** @param index - the shard's own, among all */
function emptyShard(slots: number, index: number): Shard {
  // A load of 0.6 to 0.75, by shard. Shards fill evenly; with one factor all would be rehashed at one time.
  const maxOccupied = slots * (0.6 + (0.15 * index) / (1 << SHARD_BITS))
  return { words: new Int32Array(slots * 4), expiries: new Float64Array(slots), occupied: 0, maxOccupied }
}

/** Linear probing. @returns {@link PRESENT}, or the slot to insert into: the first tombstone, else the unused slot */
function findSlot({ words, expiries }: Shard, hashed: number, key: DigestWords, time: number): number {
  const mask = expiries.length - 1
  let tombstone = -1
  for (let slot = hashed & mask; ; slot = (slot + 1) & mask) {
    const until = expiries[slot] ?? 0
    if (until === 0) return tombstone === -1 ? slot : tombstone
    const expired = until < time
    if (!expired && isKeyAt(words, slot * 4, key)) return PRESENT
    if (expired && tombstone === -1) tombstone = slot
  }
}

function isKeyAt(words: Int32Array, at: number, key: DigestWords): boolean {
  return words[at] === key[0] && words[at + 1] === key[1] && words[at + 2] === key[2] && words[at + 3] === key[3]
}

function insert({ shard, slot }: Vacancy, key: DigestWords, until: number): void {
  if (shard.expiries[slot] === 0) shard.occupied += 1
  shard.expiries[slot] = until
  for (let word = 0; word < 4; word++) shard.words[slot * 4 + word] = key[word] ?? 0
}

interface Rehashing {
  readonly index: number
  readonly time: number
  readonly hash: SecretHash
}

/** A shard with the live keys only, at a load of a half at most. */
function rehash({ words, expiries }: Shard, { index, time, hash }: Rehashing): Shard {
  let live = 0
  for (const until of expiries) if (isLive(until, time)) live += 1
  let slots = MIN_SLOTS
  while (slots < live * 2) slots *= 2
  const target = emptyShard(slots, index)
  for (let slot = 0; slot < expiries.length; slot++) {
    if (isLive(expiries[slot] ?? 0, time)) copySlot({ words, expiries }, slot, target, hash)
  }
  return target
}

function isLive(until: number, time: number): boolean {
  return until !== 0 && until >= time
}

function copySlot(
  { words, expiries }: Pick<Shard, 'words' | 'expiries'>,
  from: number,
  target: Shard,
  hash: SecretHash,
): void {
  const mask = target.expiries.length - 1
  let slot = hash(words[from * 4] ?? 0, words[from * 4 + 1] ?? 0) & mask
  while (target.expiries[slot] !== 0) slot = (slot + 1) & mask
  target.expiries[slot] = expiries[from] ?? 0
  for (let word = 0; word < 4; word++) target.words[slot * 4 + word] = words[from * 4 + word] ?? 0
  target.occupied += 1
}
