import { cpus } from 'node:os'

import { formatTable } from '../soak/table.js'
import type { Settings } from './arguments.js'
import type { IdleCost } from './idle.js'
import type { Observed, ReplicaMemory } from './soak.js'

const MEBIBYTE = 2 ** 20
const ALLOWED = { share: 0.1, bytes: 5 * MEBIBYTE } as const
/** Bytes of ours for an idle connection, beside its token. */
const MOST_EACH = 1024

/** What is wrong, in words; nothing when the soak is passed. */
export function failures({ ledger, memory }: Observed, idle: IdleCost | undefined): readonly string[] {
  return [
    ...(ledger.faults > 0 ? [`${ledger.faults} faults`] : []),
    ...memory.filter((one) => !isFlat(one)).map(({ kind }) => `${kind}: memory grows`),
    ...memory.filter(({ gone }) => gone.open !== 0).map(({ kind, gone }) => `${kind}: ${gone.open} are left`),
    ...(idle !== undefined && !(costOf(idle) <= MOST_EACH) ? [`${costOf(idle)} bytes for an idle connection`] : []),
  ]
}

/** Of `connection()`: what else is kept the application would keep as well, to know who is connected. */
function costOf({ ours, guarded }: IdleCost): number {
  return Math.round(ours - guarded)
}

// Written so that what was never measured is not flat.
function isFlat({ begin, end }: ReplicaMemory): boolean {
  return bytesOf(end) - bytesOf(begin) <= Math.max(ALLOWED.bytes, ALLOWED.share * bytesOf(begin))
}

function bytesOf({ heapUsed, external }: ReplicaMemory['end']): number {
  return heapUsed + external
}

export function formatReport(settings: Settings, observed: Observed, idle: IdleCost | undefined): string {
  const { ledger } = observed
  const wrong = failures(observed, idle)
  return [
    `${settings.connections} connections, ${settings.seconds} s, Node ${process.version}, ${cpus().length} cores`,
    formatTable([['what', 'times'], ...countRows(ledger)]),
    formatTable([
      ['seconds until it is closed', 'half', '99 %', 'last'],
      ['revoked, Redis there', ...quantiles(ledger.revocationDelays)],
      ['expired', ...quantiles(ledger.expiryDelays)],
    ]),
    formatTable([
      ['memory', 'open', 'begin', 'end', 'nobody left', 'bytes for each'],
      ...observed.memory.map((one) => memoryRow(one)),
    ]),
    ...(idle === undefined ? [] : [formatIdle(idle)]),
    ...(ledger.examples.length === 0 ? [] : [ledger.examples.join('\n')]),
    wrong.length === 0 ? 'passed' : `failed\n  ${wrong.join('\n  ')}`,
  ].join('\n\n')
}

function countRows({ counts }: Observed['ledger']): string[][] {
  const rows = [...counts].toSorted(([a], [b]) => a.localeCompare(b))
  return rows.map(([what, times]) => [what, String(times)])
}

function memoryRow({ kind, begin, end, gone }: ReplicaMemory): string[] {
  const each = (bytesOf(end) - bytesOf(gone)) / end.open
  const bytes = [begin, end, gone].map((told) => `${(bytesOf(told) / MEBIBYTE).toFixed(1)} MiB`)
  return [kind, String(end.open), ...bytes, each.toFixed(0)]
}

function quantiles(delays: readonly number[]): string[] {
  const sorted = delays.toSorted((a, b) => a - b)
  return [0.5, 0.99, 1].map((part) => (sorted[Math.ceil(part * sorted.length) - 1] ?? Number.NaN).toFixed(3))
}

function formatIdle(idle: IdleCost): string {
  const { count, bare, guarded, ours } = idle
  return formatTable([
    [`bytes for each of ${count} idle connections`, 'in all', 'more'],
    ['a socket of ws', bare.toFixed(0), ''],
    ['and its caller, behind a guard', guarded.toFixed(0), (guarded - bare).toFixed(0)],
    ['and connection()', ours.toFixed(0), String(costOf(idle))],
  ])
}
