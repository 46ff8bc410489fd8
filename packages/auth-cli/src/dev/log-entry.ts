import { jsonOf } from '../http.js'
import { colour, printable } from '../terminal.js'
import type { Terminal } from '../terminal.js'

/** What was asked of the issuer, and what it answered. Holds no secret, code or token. */
export interface LogEntry {
  readonly at: string
  readonly method: string
  readonly path: string
  readonly status: number
  /** Of the request: what is asked for, and by whom. */
  readonly asked: Readonly<Record<string, string>>
  readonly dpop: boolean
  /** Why it was refused. */
  readonly error?: string
}

/** A request, as it came. */
export interface LoggedRequest {
  readonly method: string
  readonly url: URL
  readonly form: URLSearchParams
  readonly hasProof: boolean
}

// Of OAuth's parameters those that are no secret.
const SHOWN = [
  'grant_type',
  'client_id',
  'scope',
  'audience',
  'resource',
  'response_type',
  'redirect_uri',
  'requested_token_type',
]

export function logEntry({ method, url, form, hasProof }: LoggedRequest, status: number, body: string): LogEntry {
  const asked = SHOWN.flatMap((name) => {
    const value = form.get(name) ?? url.searchParams.get(name)
    return value === null ? [] : [[name, value] as const]
  })
  const { error, error_description: description } = status >= 400 ? (jsonOf({ status, headers: {}, body }) ?? {}) : {}
  const why = [error, description].filter((one) => typeof one === 'string').join(': ')
  return {
    at: new Date().toISOString(),
    method,
    path: url.pathname,
    status,
    asked: Object.fromEntries(asked),
    dpop: hasProof,
    ...(why !== '' && { error: why }),
  }
}

/** One line. */
export function entryText({ at, method, path, status, asked, dpop, error }: LogEntry, terminal: Terminal): string {
  const words = Object.entries(asked).map(([name, value]) => `${name}=${printable(value, 100)}`)
  const parts = [
    at.slice(11, 19),
    colour(status < 400 ? 'green' : 'red', String(status), terminal),
    method,
    printable(path, 100),
    ...words,
    ...(dpop ? ['with a proof'] : []),
    ...(error === undefined ? [] : [printable(error, 300)]),
  ]
  return parts.join(' ')
}
