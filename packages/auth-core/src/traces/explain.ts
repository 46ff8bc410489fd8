import { isAuthError } from '../outcome/errors.js'
import type { AuthError, AuthErrorReason } from '../outcome/errors.js'
import type { DecisionEvent } from '../outcome/events.js'
import { valueText } from '../report/report.js'
import type { ReportRow } from '../report/report.js'
import type { ResourceRequest } from '../request/resource-request.js'
import type { Refused } from '../resource-server-types.js'
import { isPlainObject } from '../util/json.js'
import type { CheckRow } from './check.js'
import { CHECKS, failedCheck } from './checks.js'
import { factsOf } from './facts.js'
import type { Facts } from './facts.js'
import { shown, withoutJwt } from './shown.js'
import type { Trace, TraceCheck } from './trace-types.js'

/** What is known beside the decision. */
export interface TraceContext {
  readonly rows?: readonly ReportRow[]
  readonly request?: ResourceRequest
  readonly asksAboutAll?: boolean
  readonly time: number
}

type Decision = Pick<DecisionEvent, 'reason' | 'code' | 'status' | 'detail' | 'scheme'> &
  Partial<DecisionEvent> &
  Pick<Trace, 'connection'>

/**
 * Why a request was refused: each check in order, what it wanted and saw, the setting that decides it, and what mends it.
 *
 * @param decision - the event, the error, or what `authenticate` answered. An event tells more than an error
 * @param report - `resourceServer.report()`: what the settings want is told with it only
 * Faults of the application and of this package are none of these: the framework reports them, with 500.
 *
 * @throws {TypeError} for a request that was not refused, and for what is no decision
 * @example
 * ```ts
 * import { createResourceServer, explain, explanationText } from '@acme/auth-core'
 *
 * const resourceServer = createResourceServer({
 *   domain: 'tenant.auth0.com',
 *   audience: 'https://api.example.com',
 *   onEvent(event) {
 *     if (event.type !== 'decision' || event.outcome !== 'refused') return
 *     console.log(explanationText(explain(event, resourceServer.report())))
 *   },
 * })
 * ```
 */
export function explain(decision: DecisionEvent | AuthError | Refused, report: readonly ReportRow[] = []): Trace {
  return traceOf(asDecision(decision), { rows: report, time: Date.now() / 1000 })
}

function asDecision(decision: DecisionEvent | AuthError | Refused): Decision {
  if (isAuthError(decision)) return partsOf(decision)
  if (!isPlainObject(decision)) throw notRefused('something else')
  if (!('error' in decision)) return decision
  if (!isAuthError(decision.error)) throw notRefused('something else')
  return { ...partsOf(decision.error), status: decision.status }
}

function notRefused(got: string): TypeError {
  return new TypeError(`explain: got ${got}, want a decision, or an AuthError, of a request that was refused`)
}

function partsOf({ reason, code, status, detail, scheme, correlationId }: AuthError): Decision {
  return { reason, code, status, detail, scheme, ...(correlationId !== undefined && { correlationId }) }
}

/** @throws {TypeError} for a request that was not refused */
export function traceOf(decision: Decision, { rows = [], request, asksAboutAll = false, time }: TraceContext): Trace {
  const { reason, code, status, detail, scheme, correlationId, connection, method, path, route, tenant } = decision
  if (reason === undefined || code === undefined || status === undefined) {
    throw notRefused('a request that was let through, or something else')
  }
  const facts = factsOf({ scheme, method, request, rows, asksAboutAll })
  const name = (text: string | undefined): string | undefined => text && shown(text)
  const caller = callerOf(decision, facts)
  const known = {
    correlationId,
    connection,
    method,
    // Of an event: it is for one line already.
    path: path && withoutJwt(path),
    route: name(route),
    tenant: name(tenant),
    issuer: name(caller.issuer),
    subject: name(caller.subject),
    clientId: name(caller.clientId),
    scheme,
  }
  return {
    ...defined(known),
    time,
    status,
    code,
    reason,
    checks: checksOf(reason, detail, facts),
  }
}

/** As was verified; else as the token says, as far as it could be read. */
function callerOf({ issuer, subject, clientId }: Decision, { token: { payload } }: Facts): Caller {
  const claim = (name: string): string | undefined => {
    const value = payload[name]
    return typeof value === 'string' ? value : undefined
  }
  return {
    issuer: issuer ?? claim('iss'),
    subject: subject ?? claim('sub'),
    clientId: clientId ?? claim('client_id') ?? claim('azp'),
  }
}

type Caller = Readonly<Record<'issuer' | 'subject' | 'clientId', string | undefined>>

/** Without members that are undefined: JSON drops them, and a trace is the same before and after. */
function defined<Values extends object>(values: Values): { [Name in keyof Values]?: NonNullable<Values[Name]> } {
  const entries = Object.entries(values).filter(([, value]) => value !== undefined)
  return Object.fromEntries(entries) as { [Name in keyof Values]?: NonNullable<Values[Name]> } // of its own entries
}

function checksOf(reason: AuthErrorReason, detail: string | undefined, facts: Facts): readonly TraceCheck[] {
  const failed = failedCheck(reason, detail, facts.isOpaque)
  const at = failed === undefined ? -1 : CHECKS.indexOf(failed)
  return CHECKS.flatMap((row, index): readonly TraceCheck[] => {
    if (index !== at && !row.when(facts)) return []
    const told = { check: row.check, clause: row.clause, expected: expectedBy(row, facts), setting: row.setting }
    if (index > at) return [{ ...told, outcome: 'not reached' }]
    if (index < at) return [{ ...told, outcome: 'passed', ...seenBy(row, facts) }]
    return [{ ...told, outcome: 'failed', ...found(row, { reason, detail, facts }) }]
  })
}

// Characters. A trace has some thirty checks at most.
const MOST_SEEN = 120
const MOST_TOLD = 500

function expectedBy({ expected, row }: CheckRow, { value }: Facts): string {
  const set = row === undefined ? undefined : value(row)
  return set === undefined ? expected : shown(`${expected}: ${valueText(set)}`, MOST_TOLD)
}

function seenBy({ seen }: CheckRow, facts: Facts): { readonly seen?: string } {
  const value = seen?.(facts)
  if (value === undefined) return {}
  return { seen: shown(typeof value === 'string' ? value : JSON.stringify(value), MOST_SEEN) }
}

interface Failed {
  readonly reason: AuthErrorReason
  readonly detail: string | undefined
  readonly facts: Facts
}

/** The detail of a refusal says first what was seen, and then what is likely to mend it. */
function found({ reasons, has }: CheckRow, { reason, detail = '', facts }: Failed): { seen?: string; fix: string } {
  const fix = reasons[reason] ?? ''
  const parts = (detail.match(PART) ?? []).map((part) => part.trim()).filter((part) => part !== fix)
  const isSeen = (part: string, index: number): boolean => index === 0 || FIGURE.test(part)
  const seen = [...parts.filter(isSeen), has?.(facts, reason) ?? ''].filter((text) => text !== '').join('; ')
  const hints = parts.filter((part, index) => !isSeen(part, index))
  return {
    ...(seen !== '' && { seen: shown(seen, MOST_TOLD) }),
    fix: shown([...hints, fix].join('; '), MOST_TOLD),
  }
}

// What stands between semicolons; those in quotes are somebody's text.
const PART = /(?:"[^"]*"|[^";])+|"/g
// Of a detail: what more was seen, and no advice.
const FIGURE = /^(?:tolerance|proofMaxAge|maxTokenAge|at most|lacks|\d)/
