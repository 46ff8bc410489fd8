import { correlationId } from '../request/resource-request.js'
import type { ResourceRequest } from '../request/resource-request.js'
import type { AuthContext } from './auth-context.js'
import type { AuthError } from './errors.js'
import { emit } from './events.js'
import type { AuthEvent } from './events.js'

/** Tells the hook of decisions. Without a hook nothing is made, not even a correlation id. */
export interface DecisionReports {
  /** When a request came, in milliseconds of `performance.now()`. */
  start(): number
  accepted(request: ResourceRequest, started: number, auth: AuthContext): void
  anonymous(request: ResourceRequest, started: number): void
  refused(id: string, refused: RefusedRequest): void
}

/** A request that is refused. */
export interface RefusedRequest {
  readonly error: AuthError
  /** The caller, where only the requirements were not met. */
  readonly auth: AuthContext | undefined
  readonly started: number
}

export function createDecisionReports(onEvent: ((event: AuthEvent) => void) | undefined): DecisionReports {
  if (onEvent === undefined) {
    return { start: () => 0, accepted: () => undefined, anonymous: () => undefined, refused: () => undefined }
  }
  const report = (
    outcome: 'accepted' | 'anonymous' | 'refused',
    id: string,
    { error, auth, started }: Partial<RefusedRequest> & { readonly started: number },
  ): void =>
    emit(onEvent, {
      type: 'decision',
      outcome,
      correlationId: id,
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
  return {
    start: () => performance.now(),
    accepted: (request, started, auth) => report('accepted', correlationId(request), { auth, started }),
    anonymous: (request, started) => report('anonymous', correlationId(request), { started }),
    refused: (id, refused) => report('refused', id, refused),
  }
}
