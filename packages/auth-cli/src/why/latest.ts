import type { Trace } from '@acme/auth-core'

import { printable, UsageError } from '../terminal.js'

/** Without its checks. */
export type TraceSummary = Omit<Trace, 'checks'>

const NONE = 'no refusal is kept: see the option traces of the API, and --where'

/** A line for each, the latest first: when, what, why, whose, and the id to ask for. */
export function listText(traces: readonly TraceSummary[]): string {
  return traces.length === 0 ? NONE : traces.map((trace) => printable(lineOf(trace), 1000)).join('\n')
}

function lineOf({ time, status, reason, method, path, clientId, correlationId }: TraceSummary): string {
  const parts = [new Date(time * 1000).toISOString().slice(0, 19) + 'Z', status, reason, method, path, clientId]
  return [...parts.map((part) => part ?? '-'), correlationId ?? '-'].join('  ')
}

/** What the list is filtered by, as a query. @throws {UsageError} for a word without `=` */
export function queryOf(where: readonly string[]): string {
  const parameters = where.map((word): [name: string, value: string] => {
    const at = word.indexOf('=')
    if (at < 1) throw new UsageError(`--where: got ${printable(word, 100)}, want NAME=VALUE, such as client_id=app-1`)
    return [word.slice(0, at), word.slice(at + 1)]
  })
  return parameters.length === 0 ? '' : `?${new URLSearchParams(parameters).toString()}`
}

const CONNECTIONS: readonly unknown[] = [undefined, 'renewal', 'message', 'end']
const NAMES = ['correlationId', 'method', 'path', 'clientId']

/** Whether what an API answered is a trace, but for its checks. */
export function isSummary(value: unknown): value is TraceSummary {
  if (!isObject(value)) return false
  const { time, status, reason, code, connection } = value
  const isTime = typeof time === 'number' && Math.abs(time) < 8_640_000_000_000
  const isNamed = NAMES.every((name) => value[name] === undefined || isText(value[name]))
  const isRefusal = typeof status === 'number' && isText(reason) && isText(code)
  return isTime && isNamed && isRefusal && CONNECTIONS.includes(connection)
}

export function isText(value: unknown): value is string {
  return typeof value === 'string'
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}
