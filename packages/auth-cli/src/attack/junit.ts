import type { AttackReport, AttackResult } from '@acme/auth-conformance'

import { nameOf } from './baseline.js'
import type { ComparedFaults } from './baseline.js'

/** The report as JUnit has it, which CI systems read. A fault that is known is skipped, and one that is mended fails. */
export function junitXml(report: AttackReport, compared: ComparedFaults): string {
  const suites = [...new Set(report.results.map(({ area }) => area))].map((area) =>
    suite(
      area,
      report.results.filter((one) => one.area === area),
      compared,
    ),
  )
  if (report.stopped !== undefined)
    suites.push(
      `  <testsuite name="attack" tests="1" failures="1" skipped="0">\n    <testcase classname="attack" name="the whole attack">${failure(report.stopped.says, report.stopped.mend)}</testcase>\n  </testsuite>`,
    )
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="${text(report.url)}">\n${suites.join('\n')}\n</testsuites>\n`
}

function suite(area: string, results: readonly AttackResult[], compared: ComparedFaults): string {
  const cases = results.map((one) => ({ one, content: contentOf(one, compared) }))
  const count = (element: string): number => cases.filter(({ content }) => content.startsWith(`<${element}`)).length
  const counts = `tests="${cases.length}" failures="${count('failure')}" skipped="${count('skipped')}"`
  const lines = cases.map(({ one, content }) => {
    const names = `classname="${text(area)}" name="${text(`${one.name} (${one.clause})`)}"`
    return `    <testcase ${names}${content === '' ? '/>' : `>${content}</testcase>`}`
  })
  return [`  <testsuite name="${text(area)}" ${counts}>`, ...lines, '  </testsuite>'].join('\n')
}

function contentOf(one: AttackResult, { known, mended }: ComparedFaults): string {
  const name = nameOf(one)
  if (mended.includes(name)) return failure('mended', 'take it out of the baseline')
  if (known.includes(name)) return `<skipped message="known, by the baseline"/>`
  if (one.outcome === 'skipped') return `<skipped message="${text(one.reason ?? '')}"/>`
  if (one.outcome === 'passed') return ''
  const told = one.problems.map(({ clause, says, means, mend }) => `${clause}: ${says}\nmeans: ${means}\nmend: ${mend}`)
  const detail = [`expected: ${one.expected ?? ''}`, `came: ${one.came ?? 'nothing'}`, ...told].join('\n')
  if (one.outcome === 'warned') return `<system-out>${text(detail)}</system-out>`
  return failure(one.problems.map(({ says }) => says).join('; '), detail)
}

function failure(message: string, detail: string): string {
  return `<failure message="${text(message)}">${text(detail)}</failure>`
}

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\n': '&#10;',
}

/** XML 1.0 §2.2 and §2.4: what may not stand there, not even escaped, becomes a question mark. */
function text(raw: string): string {
  return raw
    .replaceAll(/[^\t\n\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, '?')
    .replaceAll(/[&<>"\n]/g, (character) => ESCAPES[character] ?? character)
}
