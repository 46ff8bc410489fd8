import type { CorrelationIdOption } from '../request/correlation-id.js'
import { correlationId } from '../request/correlation-id.js'
import type { ResourceRequest } from '../request/resource-request.js'
import type { ShadowAnswer } from '../shadow/shadow-report.js'
import { printable } from '../util/quote.js'
import type { AuthContext } from './auth-context.js'
import type { AuthError } from './errors.js'
import { emit } from './events.js'
import type { AuthEvent, DecisionEvent } from './events.js'
import type { DecisionLogs } from './refusal-log.js'
import { pathOf } from './request-path.js'

/** Tells the hook and the log of decisions. Without either nothing is made, not even a correlation id. */
export interface DecisionReports {
  /** When a request came, in milliseconds of `performance.now()`. */
  start(): number
  accepted(request: ResourceRequest, started: number, auth: AuthContext, shadow: ShadowAnswer | undefined): void
  anonymous(request: ResourceRequest, started: number, tenant?: string): void
  refused(request: ResourceRequest, id: string, refused: RefusedRequest): void
}

/** A request that is refused. */
export interface RefusedRequest {
  readonly error: AuthError
  /** The caller, where only the requirements were not met. */
  readonly auth: AuthContext | undefined
  readonly tenant?: string | undefined
  readonly started: number
}

interface ReportSettings {
  readonly onEvent: ((event: AuthEvent) => void) | undefined
  readonly correlationId: CorrelationIdOption | undefined
  readonly refusals: 'respond' | 'forward'
}

const nothing = (): void => undefined

/** @param logs - undefined where nothing is logged by default */
export function createDecisionReports(
  { onEvent, correlationId: option, refusals }: ReportSettings,
  logs: DecisionLogs | undefined,
): DecisionReports {
  const logging = logs?.(onEvent !== undefined || refusals === 'forward')
  if (onEvent === undefined && logging === undefined) {
    return { start: () => 0, accepted: nothing, anonymous: nothing, refused: nothing }
  }
  const report = (request: ResourceRequest, event: DecisionEvent): void => {
    emit(onEvent, event)
    logging?.log(event, request)
  }
  const passed = (outcome: 'accepted' | 'anonymous', request: ResourceRequest, seen: Seen): void =>
    report(request, decisionEvent(outcome, request, correlationId(request, option), seen))
  const tellsAll = onEvent !== undefined || logging?.all === true
  return {
    start: () => performance.now(),
    accepted(request, started, auth, shadow) {
      if (tellsAll || shadow !== undefined) passed('accepted', request, { started, auth, shadow })
    },
    anonymous: tellsAll ? (request, started, tenant) => passed('anonymous', request, { started, tenant }) : nothing,
    refused: (request, id, refused) => report(request, decisionEvent('refused', request, id, refused)),
  }
}

type Seen = Partial<RefusedRequest> & Pick<RefusedRequest, 'started'> & { readonly shadow?: ShadowAnswer | undefined }

function decisionEvent(
  outcome: DecisionEvent['outcome'],
  request: ResourceRequest,
  id: string,
  { error, auth, tenant, started, shadow }: Seen,
): DecisionEvent {
  return {
    type: 'decision',
    outcome,
    correlationId: id,
    duration: (performance.now() - started) / 1000,
    method: printable(request.method, 40),
    path: pathOf(request.target),
    route: routeOf(request),
    reason: error?.reason,
    code: error?.code,
    status: error?.status,
    detail: error?.detail,
    cause: error?.cause,
    shadow,
    scheme: auth?.scheme ?? error?.scheme,
    tenant: auth?.tenant ?? tenant,
    issuer: auth?.issuer,
    subject: auth?.subject,
    clientId: auth?.clientId,
  }
}

/** Whatever a framework answers there, or throws. */
export function routeOf(request: ResourceRequest): string | undefined {
  try {
    return typeof request.route === 'string' ? request.route : undefined
  } catch {
    return undefined
  }
}
