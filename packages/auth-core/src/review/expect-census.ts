import { routeOf, sameAccess, sortCensus } from './census.js'
import type { CensusAccess, CensusRow } from './census.js'
import { asksForUpdate, readReviewed, writeReviewed } from './reviewed-file.js'
import type { ReviewOptions } from './reviewed-file.js'

/**
 * Compares a census with a reviewed file, for tests. What is open may only shrink: a new route that is not guarded, and
 * one that demands something else or less than it did, are refused. So is a file that still allows what the application
 * no longer has, since that could come back without a review. New guarded routes pass, and so do guarded ones that are gone.
 *
 * @param file - JSON, written with `UPDATE_REVIEWED=1`; a missing one is an error, in CI always
 * @throws {Error} that lists the routes, and says what to do
 * @example
 * ```ts
 * import { expectCensus } from '@acme/auth-core/review'
 *
 * const row = { method: 'GET', path: '/me', access: 'guarded', needs: 'any valid token', reason: undefined } as const
 * export const test = (): void => expectCensus([row], new URL('census.json', import.meta.url))
 * ```
 */
export function expectCensus(rows: readonly CensusRow[], file: string | URL, options: ReviewOptions = {}): void {
  const sorted = sortCensus(rows)
  if (asksForUpdate(options)) return writeReviewed(file, sorted.map(written))
  const reviewed = new Map(parseRows(readReviewed(file), file).map((row) => [routeOf(row), row]))
  const actual = new Map(sorted.map((row) => [routeOf(row), row]))
  const opened = sorted.filter((row) => isLess(row, reviewed.get(routeOf(row))))
  const stale = [...reviewed.values()].filter((row) => isStale(row, actual.get(routeOf(row))))
  const parts = [
    list("not guarded as it was reviewed; guard it, or say publicRoute('why') and review the file", opened, reviewed),
    list(
      'out of date; the reviewed file says',
      stale.filter((row) => !opened.some((one) => isSame(one, row))),
    ),
  ].filter((one) => one !== '')
  if (parts.length === 0) return
  throw new Error(`${String(file)}: ${parts.join('\n')}\nUPDATE_REVIEWED=1 writes the file anew, for review`)
}

/** The place is left out: a class may be renamed. */
function written({ method, path, access, needs, reason }: CensusRow): Omit<CensusRow, 'where'> {
  return { method, path, access, needs, reason }
}

function isSame(one: CensusRow, other: CensusRow): boolean {
  return routeOf(one) === routeOf(other)
}

function isLess(row: CensusRow, before: CensusRow | undefined): boolean {
  if (before === undefined) return row.access !== 'guarded'
  if (row.access === 'guarded') return before.access === 'guarded' && row.needs !== before.needs
  return !sameAccess(row, before)
}

/** What the file allows, and the application does not. */
function isStale(before: CensusRow, row: CensusRow | undefined): boolean {
  if (row === undefined) return before.access !== 'guarded'
  return !sameAccess(before, row)
}

function list(title: string, rows: readonly CensusRow[], reviewed?: ReadonlyMap<string, CensusRow>): string {
  if (rows.length === 0) return ''
  const lines = rows.map((row) => {
    const before = reviewed?.get(routeOf(row))
    return `\n  ${routeOf(row)}: ${wordsOf(row)}${before === undefined ? '' : `, was ${wordsOf(before)}`}`
  })
  return `${title}:${lines.join('')}`
}

function wordsOf({ access, needs, reason }: CensusRow): string {
  const more = needs ?? reason
  return more === undefined ? access : `${access} (${more})`
}

function parseRows(json: unknown, file: string | URL): readonly CensusRow[] {
  if (!Array.isArray(json)) throw new Error(`${String(file)}: got no list, want rows as expectCensus writes them`)
  return json.map((row: unknown, index) => {
    if (!isRow(row)) throw new Error(`${String(file)}: row ${index + 1} is not one that expectCensus writes`)
    return { ...row, needs: row.needs ?? undefined, reason: row.reason ?? undefined }
  })
}

const ACCESSES: readonly CensusAccess[] = ['guarded', 'optional', 'public', 'open', 'unseen']

function isRow(row: unknown): row is CensusRow {
  if (typeof row !== 'object' || row === null) return false
  const { method, path, access, needs, reason } = row as Record<string, unknown> // each is checked
  const texts = [method, path, needs ?? '', reason ?? '']
  return texts.every((text) => typeof text === 'string') && ACCESSES.some((one) => one === access)
}
