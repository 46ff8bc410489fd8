import type { AuthOptions } from '../options/auth-options.js'
import type { Settings } from '../options/options.js'
import { PROFILES } from '../profile/profiles.js'
import type { SourceState } from '../revocation/revocation.js'
import { isPlainObject } from '../util/json.js'
import { REPORT_ROWS } from './report-rows.js'

/** What a setting says: no secret, no function, nothing that changes from start to start. */
export type ReportValue = string | number | boolean | readonly string[]

/** One thing that a resource server enforces, or does not. */
export interface ReportRow {
  /** Stable, for files that are reviewed. */
  readonly id: string
  /** The option that decides it; empty for what is always so. */
  readonly setting: string
  readonly value: ReportValue
  readonly enforced: boolean
  /** Who decided: an option that was given, the profile, the default; or nobody, since it is always so. */
  readonly source: 'option' | 'profile' | 'default' | 'always'
  /** Where it is demanded. */
  readonly clause: string
  /** Whether what it depends on can answer now: of `revocation`, where there are sources. */
  readonly state?: 'up' | 'down'
}

/** What a resource server enforces, in a fixed order. */
export function reportOf(
  settings: Settings,
  options: AuthOptions,
  revocation: readonly SourceState[] = [],
): readonly ReportRow[] {
  const state = revocation.some((one) => one.state === 'down') ? 'down' : 'up'

  return Object.freeze(
    REPORT_ROWS.map(({ id, setting, clause, value, enforced = () => true }) =>
      Object.freeze({
        id,
        setting,
        value: value(settings),
        enforced: enforced(settings),
        source: sourceOf(setting, options),
        clause,
        ...(id === 'revocation' && revocation.length > 0 && { state }),
      }),
    ),
  )
}

function sourceOf(setting: string, options: AuthOptions): ReportRow['source'] {
  if (setting === '') return 'always'
  // Three ways to say the same.
  if (setting === 'issuers' && (options.domain ?? options.issuer) !== undefined) return 'option'
  const [name = '', member] = setting.split('.')
  const outer: unknown = Reflect.get(options, name)
  const inner = member === undefined || !isPlainObject(outer) ? outer : outer[member]
  if (inner !== undefined && (member === undefined || isPlainObject(outer))) return 'option'
  const { profile } = options
  const rows = profile === undefined ? [] : PROFILES[profile]
  return rows.some(({ option }) => option === setting) ? 'profile' : 'default'
}

/**
 * A report as a table, for people: at the start of a process, say.
 * @example
 * ```ts
 * import { createResourceServer, reportText } from '@acme/auth-core'
 *
 * const resourceServer = createResourceServer({ domain: 'tenant.auth0.com', audience: 'https://api.example.com' })
 * console.log(reportText(resourceServer.report()))
 * ```
 */
export function reportText(rows: readonly ReportRow[]): string {
  const texts = rows.map((row) => [row.enforced ? 'yes' : 'no', row.id, valueText(row.value), row.source, row.clause])
  const cells = [['enforced', 'what', 'value', 'by', 'clause'], ...texts]
  const widths = [0, 1, 2, 3].map((column) => Math.max(...cells.map((line) => line[column]?.length ?? 0)))
  return cells
    .map((line) =>
      line
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

export function valueText(value: ReportValue): string {
  return Array.isArray(value) ? value.join(' ') || 'none' : String(value)
}
