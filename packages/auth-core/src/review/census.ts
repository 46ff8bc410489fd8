import type { Requirements } from '../authorization/requirement-types.js'
import { describeRequirements } from '../policy/describe-requirements.js'
import type { GuardMark } from '../policy/guard-mark.js'

/**
 * What protects a route: a guard; a guard that lets requests without credentials pass; nothing, on purpose; nothing at
 * all; or what cannot be told, of a composed handler, say. What is in doubt is never said to be guarded.
 */
export type CensusAccess = 'guarded' | 'optional' | 'public' | 'open' | 'unseen'

/** One route of the running application. */
export interface CensusRow {
  /** As in HTTP, or `ALL`; `MESSAGE` and the like for what is no HTTP. */
  readonly method: string
  /** As it was declared, with all prefixes; what holds beside it, such as a version, follows in parentheses. */
  readonly path: string
  readonly access: CensusAccess
  /** What the guards demand, in words; undefined unless the route is guarded. */
  readonly needs: string | undefined
  /** Why a public route is open; undefined where nobody said it, and for all other routes. */
  readonly reason: string | undefined
  /** What the guards demand, all of it; for guarded and optional routes only. Of two rows that are one, of the first. */
  readonly requirements?: readonly Requirements[]
  /** The class and its method, where a framework has them. */
  readonly where?: string
}

/** What an adapter found on the way to a route's handler. */
export interface Findings {
  /** Of all handlers that every request of the route passes before the last one, in order. */
  readonly marks: readonly GuardMark[]
  /** Whether there may be more of them. */
  readonly unsure?: boolean
}

/**
 * A row by what was found. For adapters.
 * @example
 * ```ts
 * import { publicMark } from '@acme/auth-core'
 * import { censusRow } from '@acme/auth-core/review'
 *
 * console.log(censusRow({ method: 'GET', path: '/health' }, { marks: [publicMark('health checks')] }).access) // public
 * ```
 */
export function censusRow(
  place: Pick<CensusRow, 'method' | 'path' | 'where'>,
  { marks, unsure = false }: Findings,
): CensusRow {
  const wanted = marks.flatMap((mark) => (mark.kind === 'guard' ? [mark.requirements] : []))
  const required = wanted.filter((one) => !one.optional)
  const row = (access: CensusAccess, more: Partial<CensusRow> = {}): CensusRow => ({
    ...place,
    access,
    needs: undefined,
    reason: undefined,
    ...more,
  })
  if (required.length > 0) return row('guarded', { needs: needsOf(required), requirements: required })
  if (unsure) return row('unseen')
  if (wanted.length > 0) return row('optional', { requirements: wanted })
  const open = marks.find((mark) => mark.kind === 'public')
  return open === undefined ? row('open') : row('public', { reason: open.reason || undefined })
}

function needsOf(wanted: readonly Requirements[]): string {
  const words = [...new Set(wanted.map((one) => describeRequirements(one, 'values')))]
  const particular = words.filter((one) => one !== ANY_TOKEN)
  return particular.join('; ') || ANY_TOKEN
}

const ANY_TOKEN = 'any valid token'

// From the least protected: what is said of two rows of one route.
const ORDER: readonly CensusAccess[] = ['open', 'unseen', 'public', 'optional', 'guarded']

/**
 * Rows in an order that does not depend on when routes were declared, one for each method and path: of two of them the
 * less protected one, since either may answer. `HEAD` is left out where `GET` says the same. For adapters.
 * @example
 * ```ts
 * import { censusRow, sortCensus } from '@acme/auth-core/review'
 *
 * const [b, a] = ['/b', '/a'].map((path) => censusRow({ method: 'GET', path }, { marks: [] }))
 * if (a && b) console.log(sortCensus([b, a])[0]?.path) // /a
 * ```
 */
export function sortCensus(rows: readonly CensusRow[]): readonly CensusRow[] {
  const byRoute = new Map<string, CensusRow>()
  for (const row of rows) {
    const before = byRoute.get(routeOf(row))
    byRoute.set(routeOf(row), before === undefined ? row : weaker(before, row))
  }
  return [...byRoute.values()].filter((row) => !followsGet(row, byRoute)).toSorted(compareRows)
}

/** How rows of two censuses are matched. */
export function routeOf({ method, path }: Pick<CensusRow, 'method' | 'path'>): string {
  return `${method} ${path}`
}

function weaker(one: CensusRow, other: CensusRow): CensusRow {
  const difference = ORDER.indexOf(one.access) - ORDER.indexOf(other.access)
  if (difference !== 0) return difference < 0 ? one : other
  if (one.needs === other.needs) return one
  // Either set of demands may be the one that is met.
  const needs = [one.needs ?? '', other.needs ?? ''].toSorted(compareText)
  return { ...one, needs: needs.join(' | ') }
}

function followsGet(row: CensusRow, all: ReadonlyMap<string, CensusRow>): boolean {
  if (row.method !== 'HEAD') return false
  const get = all.get(routeOf({ ...row, method: 'GET' }))
  return get !== undefined && sameAccess(row, get)
}

/** Whether two rows say the same of their routes. */
export function sameAccess(one: CensusRow, other: CensusRow): boolean {
  return one.access === other.access && one.needs === other.needs && one.reason === other.reason
}

function compareRows(one: CensusRow, other: CensusRow): number {
  return compareText(one.path, other.path) || compareText(one.method, other.method)
}

// By code units: the same on all machines, whatever their locale is.
function compareText(one: string, other: string): number {
  if (one === other) return 0
  return one < other ? -1 : 1
}

/**
 * The rows of a census, for people.
 * @example
 * ```ts
 * import { censusTable } from '@acme/auth-core/review'
 *
 * const row = { method: 'GET', path: '/me', access: 'guarded', needs: 'any valid token', reason: undefined } as const
 * console.log(censusTable([row])) // GET  /me  guarded  any valid token
 * ```
 */
export function censusTable(rows: readonly CensusRow[]): string {
  const cells = rows.map((row) => [row.method, row.path, row.access, row.needs ?? row.reason ?? '', row.where ?? ''])
  const widths = [0, 1, 2, 3].map((column) => Math.max(0, ...cells.map((one) => one[column]?.length ?? 0)))
  return cells
    .map((one) => one.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  '))
    .map(trimEnd)
    .join('\n')
}

function trimEnd(line: string): string {
  return line.trimEnd()
}
