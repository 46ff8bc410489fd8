import type { AuthContext } from '../outcome/auth-context.js'
import type { AuthErrorReason } from '../outcome/errors.js'
import { flatCopy } from '../util/flat-copy.js'
import { printable } from '../util/quote.js'

/** What the settings that are tried (`shadow`) would answer to a request that was accepted. */
export interface ShadowAnswer {
  /** `fault`: a function of the application failed, or took more than 0.1 seconds. */
  readonly reason: AuthErrorReason | 'fault'
  /** Undefined for a fault. */
  readonly code: string | undefined
  readonly status: number
  /** What exactly would be wrong, and which setting to look at. Fit for one log line. */
  readonly detail: string | undefined
}

/** Requests of one client that would be refused for one reason. All texts are fit for a log line, and bounded. */
export interface ShadowRow {
  readonly reason: ShadowAnswer['reason']
  /** Undefined where the tokens name none. */
  readonly clientId: string | undefined
  readonly issuer: string
  readonly tenant: string | undefined
  /** The pattern of the route, where the framework knows it. */
  readonly route: string | undefined
  readonly count: number
  /** When the first and the last of them came, in seconds since the epoch. */
  readonly first: number
  readonly last: number
  /** Of the last one. */
  readonly detail: string | undefined
}

/** Who would be refused by the settings that are tried, since the start or the last `resetShadow()`. */
export interface ShadowReport {
  /** When the first of them came, in seconds since the epoch. */
  readonly since: number
  /** How many requests were accepted, and held against the settings that are tried. */
  readonly decided: number
  /** How many of them would be refused. */
  readonly refused: number
  /** How many of those are in no row, since there are 1,000 rows already. */
  readonly others: number
  /** The most frequent first. */
  readonly rows: readonly ShadowRow[]
}

/** Counts what would be refused, in bounded memory. */
export interface ShadowCounts {
  decided(): void
  refused(answer: ShadowAnswer, auth: AuthContext, route: string | undefined): void
  report(): ShadowReport
  reset(): void
}

// An issuer may name any number of clients. At most 3 KiB for each row and its key.
const MOST_ROWS = 1000
const MOST_NAME = 256
const MOST_DETAIL = 300

type Counted = { -readonly [Name in keyof ShadowRow]: ShadowRow[Name] }

export function createShadowCounts(now: () => number): ShadowCounts {
  const rows = new Map<string, Counted>()
  let since: number | undefined
  let [decided, refused, others] = [0, 0, 0]
  return {
    decided() {
      // Not at creation: a Worker has no clock outside of a request.
      since ??= now()
      decided++
    },
    refused(answer, auth, route) {
      refused++
      const who = [auth.issuer, auth.tenant, auth.clientId, route].map(nameOf)
      // JSON is an injective encoding, so no choice of names makes two clients look like one.
      const key = JSON.stringify([answer.reason, ...who])
      const row = rows.get(key)
      if (row === undefined && rows.size >= MOST_ROWS) others++
      else rows.set(key, counted(row ?? newRow(answer.reason, who, now()), answer, now()))
    },
    report: () => ({
      since: since ?? now(),
      decided,
      refused,
      others,
      rows: [...rows.values()]
        .map((row) => Object.freeze({ ...row }))
        .toSorted((one, other) => other.count - one.count),
    }),
    reset() {
      rows.clear()
      since = undefined
      decided = refused = others = 0
    },
  }
}

/** Claims are texts of any length. */
function nameOf(text: string | undefined): string | undefined {
  return text === undefined ? undefined : bounded(text, MOST_NAME)
}

/** Escaped, a text is longer. */
function bounded(text: string, most: number): string {
  return printable(text.slice(0, most), most).slice(0, most)
}

function newRow(reason: ShadowRow['reason'], who: readonly (string | undefined)[], first: number): Counted {
  // Cut out of a token, they would keep all of it in memory.
  const [issuer = '', tenant, clientId, route] = who.map((name) => (name === undefined ? undefined : flatCopy(name)))
  return { reason, clientId, issuer, tenant, route, count: 0, first, last: first, detail: undefined }
}

function counted(row: Counted, { detail }: ShadowAnswer, time: number): Counted {
  row.count++
  row.last = time
  row.detail = detail === undefined ? undefined : flatCopy(bounded(detail, MOST_DETAIL))
  return row
}

/**
 * A report as a table, for people: who would break.
 * @example
 * ```ts
 * import { createResourceServer, shadowTable } from '@acme/auth-core'
 *
 * const resourceServer = createResourceServer({
 *   domain: 'tenant.auth0.com',
 *   audience: 'https://api.example.com',
 *   shadow: { dpop: 'required' },
 * })
 * console.log(shadowTable(resourceServer.shadowReport()))
 * ```
 */
export function shadowTable({ since, decided, refused, others, rows }: ShadowReport): string {
  const texts = rows.map((row) => [
    String(row.count),
    row.reason,
    clientOf(row),
    row.route ?? '-',
    at(row.last),
    row.detail ?? '',
  ])
  const cells = rows.length === 0 ? [] : [['requests', 'reason', 'client', 'route', 'last', 'detail'], ...texts]
  const widths = [0, 1, 2, 3, 4].map((column) => Math.max(...cells.map((line) => line[column]?.length ?? 0)))
  const lines = cells.map((line) =>
    line
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  )
  const more = others === 0 ? [] : [`and ${others} requests of other clients`]
  return [`${refused} of ${decided} requests since ${at(since)} would be refused`, ...lines, ...more].join('\n')
}

/** Two issuers, and two tenants, may have a client of one name. */
function clientOf({ clientId = 'unnamed', issuer, tenant }: ShadowRow): string {
  return `${clientId} of ${issuer}${tenant === undefined ? '' : ` for ${tenant}`}`
}

function at(seconds: number): string {
  return new Date(seconds * 1000).toISOString().slice(0, 19).concat('Z')
}
