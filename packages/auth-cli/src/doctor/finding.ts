import { colour, printable } from '../terminal.js'
import type { Terminal } from '../terminal.js'

/** In the order in which things are looked at: what is wrong at one is mended before the next. */
export type Stage = 'environment' | 'discovery' | 'keys' | 'clock' | 'audience' | 'credentials' | 'redis' | 'api'

/** One thing that was looked at. */
export interface Finding {
  readonly stage: Stage
  /** Stable, for programs. */
  readonly check: string
  readonly status: 'pass' | 'warn' | 'fail'
  readonly says: string
  /** Why it is so. */
  readonly cause?: string
  /** What was seen. Holds no secret. */
  readonly evidence?: string
  /** What to change, exactly. */
  readonly fix?: string
}

/** What goes with a finding that is not good. */
export type Why = Pick<Finding, 'cause' | 'evidence' | 'fix'>

/** Makes the findings of a stage. */
export interface Findings {
  readonly pass: (check: string, says: string, evidence?: string) => Finding
  readonly warn: (check: string, says: string, why: Why) => Finding
  readonly fail: (check: string, says: string, why: Why) => Finding
}

export function findingsOf(stage: Stage): Findings {
  return {
    pass: (check, says, evidence) => ({
      stage,
      check,
      status: 'pass',
      says,
      ...(evidence !== undefined && { evidence }),
    }),
    warn: (check, says, why) => ({ stage, check, status: 'warn', says, ...why }),
    fail: (check, says, why) => ({ stage, check, status: 'fail', says, ...why }),
  }
}

/** The one thing to mend first: what fails before what is only doubtful, and early stages before late ones. */
export function primaryOf(findings: readonly Finding[]): Finding | undefined {
  return findings.find(({ status }) => status === 'fail') ?? findings.find(({ status }) => status === 'warn')
}

const MARKS = { pass: ['green', 'pass'], warn: ['yellow', 'warn'], fail: ['red', 'FAIL'] } as const

/** A line for each finding, and further ones that say why. */
export function findingText(finding: Finding, terminal: Terminal): string {
  const [format, mark] = MARKS[finding.status]
  const line = `${colour(format, mark, terminal)}  ${finding.stage.padEnd(11)}  ${printable(finding.says)}`
  const more = (['cause', 'evidence', 'fix'] as const).flatMap((name) => {
    const text = finding[name]
    return text === undefined ? [] : [`${' '.repeat(19)}${`${name}:`.padEnd(9)} ${printable(text, 1500)}`]
  })
  return [line, ...more].join('\n')
}
