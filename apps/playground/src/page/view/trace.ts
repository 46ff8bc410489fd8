import type { Trace, TraceCheck } from '@acme/auth-core'

import { fill, h, hint, pairs } from './dom.js'

const MARKS = { passed: '✓', failed: '✗', 'not reached': '–' } as const

/** Why a server refused. @param trace - null where it kept none, undefined while nobody knows */
export function showTrace(trace: Trace | null | undefined, isRefused: boolean | undefined): void {
  if (isRefused === undefined) return fill('trace', hint('Nothing was refused yet.'))
  if (!isRefused) return fill('trace', hint('Let through. Servers keep traces of what they refuse alone.'))
  if (trace === undefined) return fill('trace', hint('Asking the server…'))
  if (trace === null) return fill('trace', hint('The server keeps no trace of it.'))
  const failed = trace.checks.find(({ outcome }) => outcome === 'failed')
  fill(
    'trace',
    h('p', { class: 'wire' }, h('b', {}, trace.reason), ` ${trace.code}`),
    failed && failedCheck(failed),
    ...checkLists(trace.checks),
    h('p', { class: 'hint' }, `Correlation id ${trace.correlationId ?? 'none'}`),
  )
}

function failedCheck({ check, clause, expected, seen, setting, fix }: TraceCheck): HTMLElement {
  const details = pairs([
    ['Clause', clause],
    ['Expected', expected],
    ['Seen', seen ?? 'nothing that can be shown'],
    ['Setting', setting === '' ? 'none: it is always so' : setting],
    ['Fix', fix ?? ''],
  ])
  return h('div', { class: 'failing challenge' }, h('b', {}, `✗ ${check}`), details)
}

/** In order. What the request did not come to says nothing of it. */
function checkLists(checks: readonly TraceCheck[]): readonly HTMLElement[] {
  const reached = checks.filter(({ outcome }) => outcome !== 'not reached')
  const others = checks.filter(({ outcome }) => outcome === 'not reached')
  const list = (some: readonly TraceCheck[]): HTMLElement => h('ol', { class: 'checks' }, ...some.map(checkLine))
  if (others.length === 0) return [list(reached)]
  const summary = h('summary', {}, others.length === 1 ? '1 check not reached' : `${others.length} checks not reached`)
  return [list(reached), h('details', {}, summary, list(others))]
}

function checkLine({ check, outcome, seen, clause }: TraceCheck): HTMLElement {
  const told = outcome === 'passed' && seen !== undefined ? h('span', { class: 'muted' }, seen) : undefined
  return h(
    'li',
    { class: outcome.replace(' ', '-'), title: clause },
    h('span', { class: 'mark', 'aria-hidden': 'true' }, MARKS[outcome]),
    h('span', {}, check, h('span', { class: 'unseen' }, `, ${outcome}`)),
    told,
  )
}
