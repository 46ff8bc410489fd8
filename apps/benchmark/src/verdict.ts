import type { Round } from './rounds.js'
import { summarise } from './statistics.js'
import type { Summary } from './statistics.js'
import type { Target } from './target.js'

/** What became of a target. */
export interface Verdict extends Summary {
  readonly target: Target
  /** What it may be on this machine, in the target's unit. */
  readonly atMost: number
  /**
   * `within spread`: the median is above the target, by less than the rounds differ among themselves.
   * `unclear`: the rounds differ so much that they say nothing.
   */
  readonly outcome: 'met' | 'within spread' | 'missed' | 'unclear'
}

/** @param pace - by which targets in units of time are multiplied: see `measurePace` */
export function judge(target: Target, rounds: readonly Round[], pace: number): Verdict {
  const summary = summarise(rounds.map((round) => target.value((name) => measurement(round, name))))
  const atMost = target.unit === 'µs' || target.unit === 'ms' ? target.atMost * pace : target.atMost
  return { ...summary, target, atMost, outcome: outcomeOf(atMost, summary) }
}

/** The better of two verdicts on one target; anything is better than an unclear one. */
export function better(first: Verdict, second: Verdict): Verdict {
  if (second.outcome === 'unclear') return first
  return first.outcome === 'unclear' || second.median < first.median ? second : first
}

function outcomeOf(atMost: number, { median, spread }: Summary): Verdict['outcome'] {
  // A difference between two windows can come out below zero.
  if (median <= 0 || spread > median) return 'unclear'
  if (median <= atMost) return 'met'
  return median - spread <= atMost ? 'within spread' : 'missed'
}

function measurement(round: Round, name: string): number {
  const value = round[name]
  if (value === undefined) throw new Error(`a target wants ${JSON.stringify(name)}, which was not measured`)
  return value
}
