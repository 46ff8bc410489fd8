import { diffReports } from '../report/diff-reports.js'
import type { ReportRow } from '../report/report.js'
import type { ResourceServer } from '../resource-server-types.js'
import { asksForUpdate, readReviewed, writeReviewed } from './reviewed-file.js'
import type { ReviewOptions } from './reviewed-file.js'

/**
 * Compares what a resource server enforces with a reviewed file, for tests: what is enforced no longer, or has another
 * value, fails; so does what is enforced and was not, until the file says so.
 *
 * @param file - JSON, written with `UPDATE_REVIEWED=1`; a missing one is an error, in CI always
 * @throws {Error} that lists the differences, what is enforced no longer first
 * @example
 * ```ts
 * import { createResourceServer } from '@acme/auth-core'
 * import { expectReport } from '@acme/auth-core/review'
 *
 * const resourceServer = createResourceServer({ domain: 'tenant.auth0.com', audience: 'https://api.example.com' })
 * export const test = (): void => expectReport(resourceServer, new URL('enforced.json', import.meta.url))
 * ```
 */
export function expectReport(
  resourceServer: Pick<ResourceServer, 'report'>,
  file: string | URL,
  options: ReviewOptions = {},
): void {
  const rows = resourceServer.report().map(({ id, setting, value, enforced }) => ({ id, setting, value, enforced }))
  if (asksForUpdate(options)) return writeReviewed(file, rows)
  const differences = diffReports(parseRows(readReviewed(file), file), rows)
  if (differences.length === 0) return
  const list = (title: string, kinds: readonly string[]): string => {
    const texts = differences.filter(({ kind }) => kinds.includes(kind)).map(({ text }) => `\n  ${text}`)
    return texts.length === 0 ? '' : `\n${title}:${texts.join('')}`
  }
  const dropped = list('enforced no longer', ['dropped'])
  const others = list('not as it was reviewed', ['changed', 'gained'])
  throw new Error(`${String(file)}:${dropped}${others}\nUPDATE_REVIEWED=1 writes the file anew, for review`)
}

type WrittenRow = Pick<ReportRow, 'id' | 'setting' | 'value' | 'enforced'>

function parseRows(json: unknown, file: string | URL): readonly WrittenRow[] {
  if (Array.isArray(json) && json.every(isRow)) return json
  throw new Error(`${String(file)}: want rows as expectReport writes them`)
}

function isRow(row: unknown): row is WrittenRow {
  if (typeof row !== 'object' || row === null) return false
  const { id, setting, value, enforced } = row as Record<string, unknown> // each is checked
  const isValue =
    ['string', 'number', 'boolean'].includes(typeof value) ||
    (Array.isArray(value) && value.every((one) => typeof one === 'string'))
  return typeof id === 'string' && typeof setting === 'string' && typeof enforced === 'boolean' && isValue
}
