import type { Assembly } from '../assemble.js'
import type { DecisionPolicy } from '../decide.js'
import { isAuthError, refusal } from '../outcome/errors.js'
import type { AuthError } from '../outcome/errors.js'
import { routeOf } from '../outcome/decision-reports.js'
import { emit } from '../outcome/events.js'
import type { AuthContext } from '../outcome/auth-context.js'
import { recheck, reverify } from '../recheck.js'
import type { ResourceRequest } from '../request/resource-request.js'
import type { ResourceServer } from '../resource-server-types.js'
import type { RevokedTokens } from '../revocation/revocation-source.js'
import { revocableToken } from '../revocation/revocable-token.js'
import type { TraceControl } from '../traces/trace-control.js'
import { createExpiryWheel } from './expiry-wheel.js'
import { OpenConnection } from './open-connection.js'
import type { ConnectionHome } from './open-connection.js'
import { createJudgements } from './judgements.js'
import { refusedOf } from './refused-of.js'
import type { Opened } from './renewal.js'
import type { TicketPlace } from './tickets.js'

// Seconds.
const RECHECK_INTERVAL = 30

/** The connections of a resource server. */
export interface Connections extends Pick<ResourceServer, 'connection' | 'issueTicket'> {
  /** Verifies the tokens of an issuer, or all, anew: its keys were dropped. */
  readonly reverify: (issuer: string | undefined) => void
}

/**
 * The connections of a resource server: closed when their tokens expire or are revoked.
 *
 * @param record - keeps why something was refused; undefined for nothing
 */
export function createConnections(assembly: Assembly, record: TraceControl['record']): Connections {
  const { settings, decisions, demands, admissions } = assembly
  const { now, clockTolerance, maxTokenAge, revocation, opaque } = decisions.token
  const interval = settings.connections?.recheckInterval ?? RECHECK_INTERVAL
  // What nobody tells of has to be asked.
  const asksAgain = opaque !== undefined || revocation?.tellsAll === false
  const open = new Set<OpenConnection>()
  const judgements = createJudgements((connection) => open.has(connection))
  let rechecked = now()

  const wheel = createExpiryWheel<OpenConnection>(now, (over, time) => {
    for (const connection of over) {
      if (!connection.isRenewing(time)) connection.end(refusal('token_expired', 'the token of the connection expired'))
    }
    judgements.retry()
    // A clock that was put back must not make them wait for what it showed before.
    if (time >= rechecked && time < rechecked + interval) return
    rechecked = time
    if (!asksAgain) return
    for (const connection of open) judgements.later(connection)
  })

  revocation?.listeners.add((tokens) => {
    for (const connection of open) if (concerns(tokens, connection.auth)) judgements.again(connection)
  })

  const home: ConnectionHome = {
    now,
    recheck: (auth, { policy }) => recheck(auth, policy.token),
    requirements: (...args) => demands.requirements(...args),
    keep(connection, until) {
      open.add(connection)
      if (until !== Infinity) wheel.add(connection, until)
      // It may have been revoked since it was verified, when this connection was not among those that are told of.
      if (revocation !== undefined) judgements.again(connection)
    },
    drop(connection, until) {
      open.delete(connection)
      judgements.forget(connection)
      wheel.remove(connection, until)
    },
    tell(connection, transition, error) {
      if (settings.onEvent !== undefined) emit(settings.onEvent, eventOf(connection, transition, error))
    },
    refuse(connection, what, error, credentials) {
      // Of its own: that of the handshake is told, and kept, once.
      const correlationId = crypto.randomUUID()
      const named = Object.assign(error, { correlationId })
      record?.(...refusedOf(what, named, connection, credentials))
    },
    endOf({ claims: { exp, iat } }) {
      const end = maxTokenAge === undefined || iat === undefined ? exp : Math.min(exp, iat + maxTokenAge)
      // Let in by the tolerance alone.
      return end > now() ? end : end + clockTolerance
    },
  }

  const eventOf = (
    { auth, opened, openedAt }: OpenConnection,
    transition: Parameters<ConnectionHome['tell']>[1],
    error: AuthError | undefined,
  ) =>
    ({
      type: 'connection',
      transition,
      open: open.size,
      age: Math.max(0, now() - openedAt),
      route: opened.route,
      reason: error?.reason,
      detail: error?.detail,
      correlationId: error?.correlationId,
      tenant: auth?.tenant,
      issuer: auth?.issuer,
      subject: auth?.subject,
      clientId: auth?.clientId,
    }) as const

  return {
    connection(request, transport) {
      const admitted = admissions?.get(request.identity)
      if (admitted === undefined) {
        throw new TypeError('connection: want a request that a guard of this resource server has let through')
      }
      const { auth, wanted, decisions: policy } = admitted
      const opened: Opened = {
        policy,
        wanted,
        place: placeOf(request, policy),
        route: routeOf(request),
      }
      return new OpenConnection(auth, opened, transport, home)
    },
    reverify(issuer) {
      for (const connection of open) {
        if (issuer === undefined || connection.auth?.issuer === issuer) judgements.again(connection, reverify)
      }
    },
    async issueTicket(auth, use) {
      const tickets = decisions.connections?.tickets
      if (tickets === undefined) throw new TypeError('issueTicket: want the option connections, and no tickets: false')
      return tickets.issue(auth, use)
    },
  }
}

/** Undefined where nobody can tell which URL the client addressed: it is renewed by tokens then. */
function placeOf(request: ResourceRequest, { connections }: DecisionPolicy): TicketPlace | undefined {
  try {
    return connections?.tickets?.placeOf(request)
  } catch (error) {
    if (isAuthError(error)) return undefined
    throw error
  }
}

/** Whether a connection may be one of those whose tokens were revoked. */
function concerns(tokens: RevokedTokens, auth: AuthContext | null): boolean {
  if (auth === null) return false
  const token = revocableToken(auth)
  const names = ['issuer', 'subject', 'clientId', 'sessionId', 'tokenId'] as const
  return names.every((name) => tokens[name] === undefined || tokens[name] === token[name])
}
