import type { Plan, Round } from '../rounds.js'

/** What a part measured. */
export interface Measured {
  readonly rounds: readonly Round[]
  /** What a reader of the figures has to know. */
  readonly notes: readonly string[]
}

/** One subject of the benchmark. */
export interface Part {
  readonly name: string
  readonly title: string
  /** Whose cost the others are given as multiples of. */
  readonly base?: string
  readonly run: (plan: Plan) => Promise<Measured>
}
