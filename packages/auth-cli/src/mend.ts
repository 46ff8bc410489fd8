import { explain } from '@acme/auth-core'
import type { AuthError, ReportRow, Trace } from '@acme/auth-core'

import { colour, printable } from './terminal.js'
import type { Terminal } from './terminal.js'

/** The one thing to mend first: every command that finds something tells it, in JSON as `primary`. */
export interface ToMend {
  /** What is wrong, in one line. */
  readonly says: string
  /** Why it is so. */
  readonly cause?: string
  /** What to change. */
  readonly fix: string
}

/** Of a refusal, by core: the check that failed, what it saw, and what mends that. */
export function mendOf(error: AuthError, report: readonly ReportRow[]): ToMend {
  return mendOfTrace(explain(error, report)) ?? { says: error.description, fix: error.detail ?? error.description }
}

/** The same of a trace; undefined where no check failed. */
export function mendOfTrace({ checks, reason }: Pick<Trace, 'checks' | 'reason'>): ToMend | undefined {
  const failed = checks.find(({ outcome }) => outcome === 'failed')
  if (failed?.fix === undefined) return undefined
  const { check, seen, expected, clause, fix } = failed
  return { says: `${check}: ${seen ?? reason}`, cause: `wanted is ${expected} (${clause})`, fix }
}

/** For people: the last lines of an answer. */
export function mendText({ says, fix }: ToMend, terminal: Pick<Terminal, 'stdout'>): string {
  return `${colour('bold', 'Mend this first:', terminal)} ${printable(says, 1000)}\n  ${printable(fix, 1500)}`
}
