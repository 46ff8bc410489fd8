import type { AuthContext } from '../outcome/auth-context.js'
import type { AuthError } from '../outcome/errors.js'
import type { ResourceRequest } from '../request/resource-request.js'
import { pathOf } from '../outcome/request-path.js'
import type { Trace } from '../traces/trace-types.js'
import type { RefusalEvent } from '../traces/tracing.js'
import type { RenewalCredentials } from './connection-types.js'
import { TICKET_PARAMETER } from './handshake.js'
import { requestOf } from './renewal.js'
import type { Opened } from './renewal.js'

/** What of a connection was refused: a renewal, what a message needs, or that it goes on. */
export type RefusedOf = NonNullable<Trace['connection']>

/** For a trace: what was refused of a connection, and the request that it would have been. */
export function refusedOf(
  what: RefusedOf,
  error: AuthError & { readonly correlationId: string },
  { auth, opened }: { readonly auth: AuthContext | null; readonly opened: Opened },
  credentials?: RenewalCredentials,
): readonly [event: RefusalEvent, request: ResourceRequest] {
  const { token, ticket } = credentials ?? { token: auth?.token }
  const request = requestOf(opened)
  const target = ticket === undefined ? request.target : `${request.target}?${TICKET_PARAMETER}=`
  const { reason, code, status, detail, correlationId } = error
  const event = {
    reason,
    code,
    status,
    detail,
    correlationId,
    connection: what,
    scheme: typeof credentials?.token === 'string' ? ('Bearer' as const) : undefined,
    method: request.method,
    path: pathOf(request.target),
    route: opened.route,
    tenant: auth?.tenant,
    issuer: auth?.issuer,
    subject: auth?.subject,
    clientId: auth?.clientId,
  }
  const rawHeaders = typeof token === 'string' ? ['Authorization', `Bearer ${token}`] : []
  return [event, { ...request, target, rawHeaders }]
}
