import { valueText } from './report.js'
import type { ReportRow } from './report.js'

/** What is another than it was. */
export interface ReportDifference {
  readonly id: string
  /** `dropped`: enforced no longer. `changed`: another value. `gained`: enforced, and was not. */
  readonly kind: 'dropped' | 'changed' | 'gained'
  /** For people: what it was, what it is, and the option that decides it. */
  readonly text: string
}

type Compared = Pick<ReportRow, 'id' | 'setting' | 'value' | 'enforced'>

/**
 * What two reports say differently. A row that is there no more counts as dropped where it was enforced.
 * @example
 * ```ts
 * import { createResourceServer, diffReports } from '@acme/auth-core'
 *
 * const options = { domain: 'tenant.auth0.com', audience: 'https://api.example.com' }
 * const before = createResourceServer({ ...options, dpop: { mode: 'required' } }).report()
 * const now = createResourceServer(options).report()
 * console.log(diffReports(before, now).filter(({ kind }) => kind === 'dropped').map(({ id }) => id)) // ['sender constraint']
 * ```
 */
export function diffReports(before: readonly Compared[], now: readonly Compared[]): readonly ReportDifference[] {
  const was = new Map(before.map((row) => [row.id, row]))
  const is = new Map(now.map((row) => [row.id, row]))
  const ids = [...new Set([...was.keys(), ...is.keys()])]
  return ids.flatMap((id) => differenceOf(id, was.get(id), is.get(id)))
}

function differenceOf(id: string, was: Compared | undefined, is: Compared | undefined): readonly ReportDifference[] {
  const [before, now] = [textOf(was), textOf(is)]
  if (before === now) return []
  const setting = is?.setting ?? was?.setting ?? ''
  const text = `${id}: was ${before}, is ${now}${setting === '' ? '' : ` (${setting})`}`
  const kind =
    was?.enforced === true && is?.enforced !== true ? 'dropped' : was?.enforced === is?.enforced ? 'changed' : 'gained'
  return [{ id, kind, text }]
}

function textOf(row: Compared | undefined): string {
  if (row === undefined) return 'not there'
  return `${valueText(row.value)}${row.enforced ? '' : ', not enforced'}`
}
