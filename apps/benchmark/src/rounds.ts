import { setTimeout } from 'node:timers/promises'

/** Something whose cost is measured. */
export interface Candidate {
  readonly name: string
  /** 0 for a synchronous operation, 1 for one at a time, more for as many in flight. */
  readonly inFlight: number
  /** Called before each sample and not timed, with the number of operations to come. */
  readonly prepare?: (operations: number) => void | Promise<void>
  /** Throws or rejects when the outcome is not the one that is wanted. */
  readonly operation: () => unknown
}

/** How much is measured. */
export interface Plan {
  readonly rounds: number
  readonly sampleMs: number
}

/** What one round measured, by name. */
export type Round = Readonly<Record<string, number>>

/** The name under which a candidate's elapsed time is kept; its own name has the CPU time. */
export function wallName(name: string): string {
  return `${name} (wall)`
}

interface Cost {
  /** Microseconds of CPU per operation, all threads. */
  readonly cpu: number
  /** Microseconds per operation. */
  readonly wall: number
}

// What a first sample of unknown cost starts with.
const FIRST_OPERATIONS = 16
const SETTLE_MS = 5

/**
 * Measures candidates side by side: in each round every one, in an order that is rotated and reversed, each after a
 * full garbage collection. What is compared later is the costs of one round, never those of different rounds.
 */
export async function sampleRounds(candidates: readonly Candidate[], plan: Plan): Promise<readonly Round[]> {
  const costs = new Map<Candidate, number>()
  for (const candidate of candidates) costs.set(candidate, await warmUp(candidate, plan.sampleMs))
  const rounds: Round[] = []
  for (let index = 0; index < plan.rounds; index++) {
    const round: Record<string, number> = {}
    for (const candidate of order(candidates, index)) {
      const operations = operationsFor(plan.sampleMs, costs.get(candidate) ?? 1)
      const { cpu, wall } = await sample(candidate, operations)
      costs.set(candidate, wall)
      round[candidate.name] = cpu
      round[wallName(candidate.name)] = wall
    }
    rounds.push(round)
  }
  return rounds
}

/** Every candidate is first, last and in the middle, after and before different ones. */
export function order<Item>(items: readonly Item[], round: number): readonly Item[] {
  const start = (Math.floor(round / 2) * 3) % items.length
  const rotated = [...items.slice(start), ...items.slice(0, start)]
  return round % 2 === 0 ? rotated : rotated.toReversed()
}

/** Until a sample has its full length, and once more: optimised code, warm caches, a cost to go by. */
async function warmUp(candidate: Candidate, sampleMs: number): Promise<number> {
  let operations = FIRST_OPERATIONS
  let { wall } = await sample(candidate, operations)
  while (operations * wall < sampleMs * 500) {
    operations = Math.min(operations * 4, operationsFor(sampleMs, wall))
    wall = (await sample(candidate, operations)).wall
  }
  return (await sample(candidate, operationsFor(sampleMs, wall))).wall
}

function operationsFor(sampleMs: number, wall: number): number {
  return Math.max(FIRST_OPERATIONS, Math.round((sampleMs * 1000) / wall))
}

async function sample(candidate: Candidate, operations: number): Promise<Cost> {
  await candidate.prepare?.(operations)
  collectGarbage()
  // Threads of the collector are still sweeping.
  await setTimeout(SETTLE_MS)
  const start = performance.now()
  const before = process.cpuUsage()
  // A synchronous candidate must not pay for a single microtask.
  if (candidate.inFlight === 0) repeat(candidate.operation, operations)
  else await repeatInFlight(candidate.operation, operations, candidate.inFlight)
  const { user, system } = process.cpuUsage(before)
  const elapsed = (performance.now() - start) * 1000
  return { cpu: (user + system) / operations, wall: elapsed / operations }
}

function repeat(operation: () => unknown, operations: number): void {
  for (let i = 0; i < operations; i++) operation()
}

async function repeatInFlight(operation: () => unknown, operations: number, width: number): Promise<void> {
  const work = { operation, left: operations }
  await Promise.all(Array.from({ length: width }, () => repeatAwaited(work)))
}

/** Not a closure: after a garbage collection that finds none alive, V8 would compile it anew within the sample. */
async function repeatAwaited(work: Work): Promise<void> {
  while (take(work)) await work.operation()
}

interface Work {
  readonly operation: () => unknown
  left: number
}

function take(work: Work): boolean {
  work.left -= 1
  return work.left >= 0
}

/** @throws {Error} when Node was started without `--expose-gc` */
export function collectGarbage(): void {
  if (globalThis.gc === undefined) throw new Error('start with node --expose-gc')
  globalThis.gc()
}
