import type { AuthContext } from './auth-context.js'
import type { AuthError, AuthErrorReason, AuthScheme } from './errors.js'
import { correlationId } from './resource-request.js'
import type { ResourceRequest } from './resource-request.js'

/** A request was let through or refused. Holds no token, proof or secret. */
export interface DecisionEvent {
  readonly type: 'decision'
  /** `anonymous`: let through without credentials, which are optional there. */
  readonly outcome: 'accepted' | 'anonymous' | 'refused'
  /** The `correlation_id` of the response body. */
  readonly correlationId: string
  /** Seconds spent on the decision. */
  readonly duration: number
  /** Why it was refused. */
  readonly reason: AuthErrorReason | undefined
  readonly code: string | undefined
  /** The status that the client got, when refused. */
  readonly status: number | undefined
  /** What exactly was wrong, and which setting to look at. Fit for one log line; never sent to the client. */
  readonly detail: string | undefined
  readonly cause: unknown
  readonly scheme: AuthScheme | undefined
  /** Of the verified token. */
  readonly issuer: string | undefined
  readonly subject: string | undefined
  readonly clientId: string | undefined
}

/** What `onEvent` gets. */
export type AuthEvent = DecisionEvent

/** Calls a hook that must not be able to harm the request: logging is not worth an outage. */
function emit(onEvent: (event: AuthEvent) => unknown, event: AuthEvent): void {
  try {
    const result = onEvent(event)
    // An async hook that rejects must not end the process.
    if (result instanceof Promise) result.catch(() => undefined)
  } catch {
    return
  }
}

/** One decision in the making. */
export interface Decision {
  readonly correlationId: string
  accepted(auth: AuthContext): void
  anonymous(): void
  /** `auth` is what is known of the caller, when only the requirements failed. */
  refused(error: AuthError, auth: AuthContext | undefined): void
}

/** Reports decisions to the hook, and costs next to nothing where there is none. */
export function startDecision(request: ResourceRequest, onEvent: ((event: AuthEvent) => void) | undefined): Decision {
  const started = performance.now()
  let id: string | undefined

  function report(outcome: DecisionEvent['outcome'], auth?: AuthContext, error?: AuthError): void {
    if (onEvent === undefined) return
    emit(onEvent, {
      type: 'decision',
      outcome,
      correlationId: decision.correlationId,
      duration: (performance.now() - started) / 1000,
      reason: error?.reason,
      code: error?.code,
      status: error?.status,
      detail: error?.detail,
      cause: error?.cause,
      scheme: auth?.scheme ?? error?.scheme,
      issuer: auth?.issuer,
      subject: auth?.subject,
      clientId: auth?.clientId,
    })
  }

  const decision: Decision = {
    get correlationId() {
      return (id ??= correlationId(request))
    },
    accepted: (auth) => report('accepted', auth),
    anonymous: () => report('anonymous'),
    refused: (error, auth) => report('refused', auth, error),
  }
  return decision
}
