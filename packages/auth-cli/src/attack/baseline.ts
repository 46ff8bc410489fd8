import { readFile, writeFile } from 'node:fs/promises'

import type { AttackReport, AttackResult } from '@acme/auth-conformance'

import type { AttackFlags } from '../commands/attack.js'
import { isObject } from '../inspect/decode.js'
import { messageOf, UsageError } from '../terminal.js'
import type { Terminal } from '../terminal.js'

/** What was found, beside what is known. */
export interface ComparedFaults {
  /** Failed, and not known. */
  readonly fresh: readonly string[]
  /** Failed, as is known. */
  readonly known: readonly string[]
  /** Known, and did not fail this time. */
  readonly mended: readonly string[]
}

/** The name of a case in a baseline. */
export const nameOf = ({ area, name }: AttackResult): string => `${area}: ${name}`

/**
 * The faults of `--baseline`; none without it, or when it is to be written.
 *
 * @throws {UsageError} when it cannot be read, or may not be written
 */
export async function knownFaults(
  { baseline, updateBaseline }: Pick<AttackFlags, 'baseline' | 'updateBaseline'>,
  { environment }: Terminal,
): Promise<readonly string[] | undefined> {
  if (updateBaseline === true) {
    const { CI = '' } = environment
    if (baseline === undefined) throw new UsageError('--update-baseline: want --baseline FILE, too')
    if (!['', '0', 'false'].includes(CI)) throw new UsageError('--update-baseline: not in CI, where nobody reviews it')
    return undefined
  }
  return baseline === undefined ? undefined : namesIn(baseline)
}

async function namesIn(file: string): Promise<readonly string[]> {
  try {
    const value: unknown = JSON.parse(await readFile(file, 'utf8'))
    const names: unknown = isObject(value) ? value['expectedFailures'] : undefined
    if (!Array.isArray(names) || !names.every((name) => typeof name === 'string'))
      throw new UsageError('want { "expectedFailures": [names] }')
    return names
  } catch (error) {
    throw new UsageError(`--baseline ${file}: ${messageOf(error)}`)
  }
}

/** What was skipped, or not reached, is neither known nor mended. */
export function comparedWith(expected: readonly string[] | undefined = [], { results }: AttackReport): ComparedFaults {
  const failed = results.filter(({ outcome }) => outcome === 'failed').map(nameOf)
  const others = results.filter(({ outcome }) => outcome === 'passed' || outcome === 'warned').map(nameOf)
  return {
    fresh: failed.filter((name) => !expected.includes(name)),
    known: failed.filter((name) => expected.includes(name)),
    mended: others.filter((name) => expected.includes(name)),
  }
}

/** Writes down what failed. An attack that was stopped did not see everything. @throws {UsageError} */
export async function writeBaseline({ baseline = '' }: AttackFlags, report: AttackReport): Promise<void> {
  if (report.stopped !== undefined) return
  const { fresh } = comparedWith([], report)
  await writeFile(baseline, `${JSON.stringify({ expectedFailures: fresh }, null, 2)}\n`).catch((error: unknown) => {
    throw new UsageError(`--baseline: ${messageOf(error)}`)
  })
}
