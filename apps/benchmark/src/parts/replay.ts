import { hash } from 'node:crypto'
import { setImmediate } from 'node:timers/promises'

import { memoryReplayStore } from '@acme/auth-core'
import type { ReplayStore } from '@acme/auth-core'

import { collectGarbage } from '../rounds.js'
import type { Plan, Round } from '../rounds.js'
import { quantile } from '../statistics.js'
import type { Measured, Part } from './part.js'

/** The memory of proofs at a size that is a minute of a busy API. */
export const replay: Part = { name: 'replay', title: 'Replay store, one million live entries', run }

export const RESERVE = 'reserve, µs CPU'
export const BYTES = 'bytes per entry'
export const PAUSE = 'longest pause, ms'

const ENTRIES = 1_000_000
/** How long a proof is remembered: proofMaxAge and clockTolerance at their defaults. */
const LIFETIME = 330
const STEADY = 400_000
// Divides both counts above.
const BLOCK = 250
// Signed times are whole seconds.
const START = 1_700_000_000

const SENDERS = Array.from({ length: BLOCK }, (_, client) => ({ owner: keyOf(client), thumbprint: keyOf(client) }))
const SENDER = { owner: keyOf(0), thumbprint: keyOf(0) }

async function run(plan: Plan): Promise<Measured> {
  const rounds: Round[] = []
  const repetitions = Math.max(1, Math.floor(plan.rounds / 2))
  // The first one compiles, and is not counted.
  for (let index = 0; index <= repetitions; index++) {
    const round = await measure()
    if (index > 0) rounds.push(round)
  }
  const notes = [
    `Filled and then renewed by ${STEADY / 1000}k entries, at the rate at which they expire`,
    `A pause is what a block of ${BLOCK} calls took beyond the usual, collections included`,
  ]
  return { rounds, notes }
}

async function measure(): Promise<Round> {
  let time = START
  const store = memoryReplayStore({ maxEntries: ENTRIES + ENTRIES / 10, now: () => time })
  const step = LIFETIME / ENTRIES
  const advance = (): number => (time += step)
  const before = await memory()
  const filled = await reserveMany(store, { from: 0, count: ENTRIES, advance })
  const bytes = ((await memory()) - before) / ENTRIES
  const steady = await reserveMany(store, { from: ENTRIES, count: STEADY, advance })
  // Still there, or the figures would be those of a smaller store.
  if ((await store.reserve(keyOf(ENTRIES + STEADY - 1), time + LIFETIME, SENDER)) !== 'seen')
    throw new Error('a proof is lost')
  const pause = Math.max(filled.pause, steady.pause)
  return { [RESERVE]: steady.cost, [BYTES]: bytes, [PAUSE]: pause / 1000 }
}

interface Series {
  readonly from: number
  readonly count: number
  readonly advance: () => number
}

/** Costs in µs. The keys of a block are made before it is timed. */
async function reserveMany(store: ReplayStore, series: Series): Promise<{ cost: number; pause: number }> {
  const blocks: number[] = []
  for (let start = 0; start < series.count; start += BLOCK) {
    const keys = Array.from({ length: BLOCK }, (_, offset) => keyOf(series.from + start + offset))
    blocks.push(await timeBlock(store, keys, series.advance))
  }
  const usual = quantile(blocks, 0.5)
  const total = blocks.reduce((sum, block) => sum + block, 0)
  return { cost: total / series.count, pause: Math.max(...blocks.map((block) => block - usual)) }
}

/** The lesser of elapsed and CPU time: neither other processes nor the threads of the collector are the store's doing. */
async function timeBlock(store: ReplayStore, keys: readonly string[], advance: () => number): Promise<number> {
  const start = performance.now()
  const before = process.cpuUsage()
  for (const [index, key] of keys.entries()) {
    const answer = store.reserve(key, Math.floor(advance()) + LIFETIME, SENDERS[index] ?? SENDER)
    if ((typeof answer === 'string' ? answer : await answer) !== 'reserved') throw new Error('a proof is refused')
  }
  const { user, system } = process.cpuUsage(before)
  return Math.min((performance.now() - start) * 1000, user + system)
}

/** As the verifier makes them: a digest of 43 characters. */
function keyOf(index: number): string {
  return hash('sha256', `proof ${index}`, 'base64url')
}

/** The memory of an earlier store is given back some time after its collection. */
async function memory(): Promise<number> {
  for (let pass = 0; pass < 3; pass++) {
    collectGarbage()
    await setImmediate()
  }
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}
