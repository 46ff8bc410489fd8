import type { ResourceRequest } from '../request/resource-request.js'
import { inProduction, processEnvironment } from '../util/process-environment.js'
import { printable, quote } from '../util/quote.js'
import type { DecisionEvent } from './events.js'

/** Writes what was decided on a request. */
export type DecisionLog = (event: DecisionEvent, request: ResourceRequest) => void

/** How decisions are logged by default; undefined for not at all. @param isTold - whether somebody is told of them already */
export type DecisionLogs = (isTold: boolean) => { readonly log: DecisionLog; readonly all: boolean } | undefined

/**
 * Where decisions are logged by default: refusals outside of production, so that a developer sees why; everything where
 * `DEBUG` has `acme-auth`. Somebody may be told already: the hook, or the framework's error handling. Production is where `NODE_ENV` says so, and any runtime that has no environment.
 */
export const decisionLogs: DecisionLogs = (isTold) => {
  if (debugs(processEnvironment()['DEBUG'])) return { log: write, all: true }
  return isTold || inProduction() ? undefined : { log: write, all: false }
}

/** As the package debug reads it: names, separated by commas or spaces, with `*` for any end. */
function debugs(names = ''): boolean {
  return names.split(/[\s,]+/).some((name) => name === '*' || name === 'acme-auth' || name === 'acme-auth*')
}

/** The log must not be able to harm the request. */
function write(event: DecisionEvent, { log = toConsole }: ResourceRequest): void {
  try {
    log(event.status === undefined || event.status < 500 ? 'info' : 'warn', decisionLine(event))
  } catch {
    return
  }
}

// oxlint-disable no-console -- where there is no other log

/** On Node that is stderr: what a program prints for others to read stays as it is. */
function toConsole(_level: 'info' | 'warn', line: string): void {
  console.warn(line)
}

/** One line, whatever the caller sent; without token, proof or secret. */
export function decisionLine(event: DecisionEvent): string {
  const { outcome, status, reason, detail, scheme, subject, method, path, correlationId, shadow } = event
  const why = outcome === 'refused' ? `${status} ${reason}${detailed(detail)}` : who(scheme, subject)
  const tried = shadow === undefined ? '' : `; shadow: ${shadow.status} ${shadow.reason}${detailed(shadow.detail)}`
  return `acme-auth: ${outcome} ${method} ${path}${why === '' ? '' : `, ${why}`}${tried} (correlation id ${correlationId})`
}

function detailed(detail: string | undefined): string {
  return detail === undefined ? '' : `: ${printable(detail, 1000)}`
}

function who(scheme: string | undefined, subject: string | undefined): string {
  return scheme === undefined ? '' : `${scheme} of ${subject === undefined ? 'nobody by name' : quote(subject)}`
}
