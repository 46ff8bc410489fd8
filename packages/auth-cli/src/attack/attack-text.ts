import type { AttackProblem, AttackReport, AttackResult } from '@acme/auth-conformance'

import { mendText } from '../mend.js'
import { colour, printable } from '../terminal.js'
import type { Terminal } from '../terminal.js'
import { nameOf } from './baseline.js'
import type { ComparedFaults } from './baseline.js'
import { firstToMend } from './first-to-mend.js'

/** What was found, by area: faults of one kind together. */
export function attackText(
  report: AttackReport,
  compared: ComparedFaults,
  { verbose }: { readonly verbose: boolean },
  terminal: Terminal,
): string {
  const areas = [...new Set(report.results.map(({ area }) => area))]
  const blocks = areas.map((area) => {
    const own = report.results.filter((one) => one.area === area)
    return [
      colour('bold', area, terminal),
      ...(verbose ? passed(own).map((one) => `  ${colour('green', '✓', terminal)} ${one.name}  ${one.clause}`) : []),
      ...(passed(own).length > 0 && !verbose
        ? [`  ${colour('green', '✓', terminal)} ${passed(own).length} as they must be`]
        : []),
      ...faultLines(own, compared, terminal),
      ...skippedLines(own, verbose),
    ].join('\n')
  })
  return [headLine(report), ...blocks, lastLines(report, compared, terminal)].join('\n\n')
}

const passed = (results: readonly AttackResult[]): readonly AttackResult[] =>
  results.filter(({ outcome }) => outcome === 'passed')

function headLine({ url, dpop, nonces, scopes, requests }: AttackReport): string {
  const takes =
    dpop === undefined ? [] : [{ allowed: 'Bearer and DPoP', required: 'DPoP alone', disabled: 'Bearer alone' }[dpop]]
  const demands = nonces ? ['demands nonces'] : []
  const wants = scopes.length > 0 ? [`scope ${scopes.join(' ')}`] : []
  return `${printable(url)}: ${[...takes, ...demands, ...wants, `${requests} ${requests === 1 ? 'request' : 'requests'}`].join(', ')}`
}

/** Of one clause and one meaning: told once, with the names of all cases. */
function faultLines(
  results: readonly AttackResult[],
  { known }: ComparedFaults,
  terminal: Terminal,
): readonly string[] {
  const groups = new Map<string, { readonly problem: AttackProblem; readonly cases: AttackResult[] }>()
  for (const one of results)
    for (const problem of one.problems) {
      const key = [problem.clause, problem.level, problem.says, problem.means].join('\n')
      const group = groups.get(key) ?? { problem, cases: [] }
      groups.set(key, group)
      group.cases.push(one)
    }
  return [...groups.values()].flatMap(({ problem, cases }) => {
    const mark = problem.level === 'must' ? colour('red', '✗', terminal) : colour('yellow', '!', terminal)
    const names = cases.map((one) => `${one.name}${known.includes(nameOf(one)) ? ' (known)' : ''}`)
    const [{ expected = '', came = 'nothing' } = {}] = cases
    return [
      ...names.map((name) => `  ${mark} ${name}`),
      `      ${problem.clause}: ${printable(problem.says)}`,
      `      expected  ${expected}`,
      `      came      ${printable(came)}`,
      `      means     ${problem.means}`,
      `      mend      ${problem.mend}`,
    ]
  })
}

function skippedLines(results: readonly AttackResult[], verbose: boolean): readonly string[] {
  const skipped = results.filter(({ outcome }) => outcome === 'skipped')
  const reasons = [...new Set(skipped.map(({ reason = '' }) => reason))]
  return reasons.flatMap((reason) => {
    const own = skipped.filter((one) => one.reason === reason)
    return [`  – ${own.length} skipped: ${reason}`, ...(verbose ? own.map(({ name }) => `      ${name}`) : [])]
  })
}

function lastLines(report: AttackReport, { fresh, known, mended }: ComparedFaults, terminal: Terminal): string {
  const { stopped, results } = report
  const count = (outcome: AttackResult['outcome']): number => results.filter((one) => one.outcome === outcome).length
  const sum = [
    `${fresh.length} ${fresh.length === 1 ? 'fault' : 'faults'}`,
    ...(known.length > 0 ? [`${known.length} known`] : []),
    `${count('warned')} ${count('warned') === 1 ? 'warning' : 'warnings'}`,
    `${count('passed')} passed`,
    `${count('skipped')} skipped`,
  ].join(', ')
  const first = firstToMend(report, { fresh })
  const red = (text: string): string => colour('red', text, terminal)
  return [
    sum,
    ...mended.map((name) => `${red('Mended:')} ${name}: take it out of the baseline, by --update-baseline`),
    ...(first === undefined ? [] : ['', mendText(first, terminal)]),
    // It took no good token.
    ...(stopped !== undefined && results.length === 0
      ? [`  acme-auth doctor --api ${printable(report.url)} says more`]
      : []),
  ].join('\n')
}
