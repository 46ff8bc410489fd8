import type { AuthEvent, ConnectionEvent, DecisionEvent, RevocationEvent } from '@acme/auth-core'

import { rejectUnknown } from './option-names.js'
import { loggable } from './loggable.js'

/** Where lines go: a logger of pino, or of that shape. */
export interface AuditLogger {
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
}

/** Options of {@link auditLog}. */
export interface AuditLogOptions {
  /** Which decisions are told. @defaultValue 'all' */
  readonly decisions?: 'all' | 'refused' | 'none' | undefined
  /** @defaultValue true */
  readonly connections?: boolean | undefined
  /** @defaultValue true */
  readonly revocations?: boolean | undefined
  /** Whether changes of keys, introspection endpoints, and dangerous settings are told. @defaultValue true */
  readonly operations?: boolean | undefined
  /** Whether the path is told beside the route: it may have names and numbers of people in it. @defaultValue true */
  readonly path?: boolean | undefined
  /** Seconds since the epoch. @defaultValue the system clock */
  readonly now?: (() => number) | undefined
}

const OPTIONS = ['decisions', 'connections', 'revocations', 'operations', 'path', 'now']
type Fields = Readonly<Record<string, string | number | undefined>>

/**
 * One structured line for each event: who, what, when, outcome, reason, correlation id. It holds nothing of the request but
 * its method, path and route, and no token, proof or secret. Lines of faults are warnings, all others information.
 *
 * @returns a hook for the option `onEvent`
 * @throws {TypeError} that names the option, and what is wanted
 * @example
 * ```ts
 * import { createAuth } from '@acme/auth-express'
 * import { auditLog } from '@acme/auth-otel'
 * import { pino } from 'pino'
 *
 * const { requireAuth } = createAuth({
 *   issuer: 'https://issuer.example.com/',
 *   audience: 'https://api.example.com',
 *   onEvent: auditLog(pino({ name: 'audit' })),
 * })
 * export const guard = requireAuth('read:messages')
 * ```
 */
export function auditLog(logger: AuditLogger, options: AuditLogOptions = {}): (event: AuthEvent) => void {
  rejectUnknown('auditLog', options, OPTIONS)
  const { decisions = 'all', connections = true, revocations = true, operations = true } = options
  const { path = true, now = () => Date.now() / 1000 } = options
  if (typeof logger?.info !== 'function' || typeof logger.warn !== 'function') {
    throw new TypeError('auditLog: want a logger with info() and warn(), such as pino()')
  }
  if (!['all', 'refused', 'none'].includes(decisions)) {
    throw new TypeError("auditLog: decisions: want 'all', 'refused' or 'none'")
  }

  function write(event: AuthEvent, what: string, fields: Fields): void {
    const line = { event: `auth.${event.type}`, at: new Date(now() * 1000).toISOString(), ...loggable(fields) }
    logger[isFault(event) ? 'warn' : 'info'](line, `auth ${event.type}: ${what}`)
  }

  return (event) => {
    if (event.type === 'decision') {
      if (decisions === 'none' || (decisions === 'refused' && event.outcome !== 'refused')) return
      write(event, event.outcome, decision(event, path))
    } else if (event.type === 'connection') {
      if (connections) write(event, event.transition, connection(event))
    } else if (event.type === 'revocation') {
      if (revocations) write(event, event.transition, { transition: event.transition, ...revocation(event) })
    } else if (operations) {
      write(event, event.type === 'warning' ? event.code : event.transition, operation(event))
    }
  }
}

function decision(event: DecisionEvent, withPath: boolean): Fields {
  const { outcome, reason, code, status, detail, scheme, method, route, correlationId, duration } = event
  const where = { method, route, path: withPath ? event.path : undefined }
  return {
    outcome,
    reason,
    code,
    status,
    detail,
    shadow_reason: event.shadow?.reason,
    shadow_detail: event.shadow?.detail,
    scheme,
    ...where,
    ...who(event),
    correlation_id: correlationId,
    duration,
  }
}

function connection(event: ConnectionEvent): Fields {
  const { transition, reason, detail, route, correlationId, age, open } = event
  return { transition, reason, detail, route, ...who(event), correlation_id: correlationId, age, open }
}

function revocation(event: RevocationEvent): Fields {
  return { source: event.source, detail: event.detail, ...who(event) }
}

/** The events of keys, of introspection, and warnings have no caller. */
function operation(event: Exclude<AuthEvent, DecisionEvent | ConnectionEvent | RevocationEvent>): Fields {
  if (event.type === 'warning') return { code: event.code, detail: event.detail }
  return { transition: event.transition, issuer: event.issuer, detail: event.detail, retry_after: event.retryAfter }
}

function who(event: DecisionEvent | ConnectionEvent | RevocationEvent): Fields {
  const tenant = event.type === 'revocation' ? undefined : event.tenant
  return { tenant, issuer: event.issuer, subject: event.subject, client_id: event.clientId }
}

const FAULTS: ReadonlySet<string> = new Set(['failed', 'stale', 'unavailable', 'misconfigured', 'rejected'])

/** What somebody has to mend. A refused request is none: anybody can send those. */
function isFault(event: AuthEvent): boolean {
  if (event.type === 'decision') return event.status !== undefined && event.status >= 500
  return event.type === 'warning' || FAULTS.has(event.transition)
}
