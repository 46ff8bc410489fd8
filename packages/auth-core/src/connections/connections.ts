import type { Assembly } from '../assemble.js'
import { isAuthError, refusal } from '../outcome/errors.js'
import type { AuthError } from '../outcome/errors.js'
import { emit } from '../outcome/events.js'
import type { AuthContext } from '../outcome/auth-context.js'
import { tell } from '../outcome/fault.js'
import { recheck } from '../recheck.js'
import type { ResourceServer } from '../resource-server-types.js'
import { printable } from '../util/quote.js'
import type { RevokedTokens } from '../revocation/revocation-source.js'
import { revocableToken } from '../revocation/revocable-token.js'
import { createExpiryWheel } from './expiry-wheel.js'
import { OpenConnection } from './open-connection.js'
import type { ConnectionHome } from './open-connection.js'
import type { Opened } from './renewal.js'

// Seconds.
const RECHECK_INTERVAL = 30

/** The connections of a resource server: closed when their tokens expire or are revoked. */
export function createConnections(assembly: Assembly): Pick<ResourceServer, 'connection' | 'issueTicket'> {
  const { settings, decisions, demands, admissions } = assembly
  const { now, clockTolerance, maxTokenAge, revocation } = decisions.token
  const interval = settings.connections?.recheckInterval ?? RECHECK_INTERVAL
  const stillGood = recheck(decisions.token)
  const open = new Set<OpenConnection>()
  // Those of which nobody could tell whether their token was revoked: asked about again with each tick.
  const unsure = new Set<OpenConnection>()
  let rechecked = now()

  const wheel = createExpiryWheel<OpenConnection>(now, (over, time) => {
    for (const connection of over) {
      if (connection.isRenewing(time)) wheel.add(connection, time + 1)
      else connection.end(refusal('token_expired', 'the token of the connection expired'))
    }
    const all = revocation !== undefined && !revocation.tellsAll && time >= rechecked + interval
    if (all) rechecked = time
    for (const connection of all ? open : unsure) judgeAgain(connection)
  })

  function judgeAgain(connection: OpenConnection): void {
    const { auth } = connection
    if (auth === null) return
    const done = (error?: AuthError): void => {
      unsure.delete(connection)
      // An outage ends nothing: what is asked of connections is asked again.
      if (error?.error === 'temporarily_unavailable') unsure.add(connection)
      // Renewed meanwhile: that token was judged by the renewal.
      else if (error !== undefined && connection.auth === auth) connection.end(error)
    }
    stillGood(auth).then(
      () => done(),
      (error: unknown) =>
        done(isAuthError(error) ? error : refusal('revocation_unavailable', printable(tell(error), 200))),
    )
  }

  revocation?.listeners.add((tokens) => {
    for (const connection of open) if (concerns(tokens, connection.auth)) judgeAgain(connection)
  })

  const home: ConnectionHome = {
    now,
    recheck: stillGood,
    requirements: (...args) => demands.requirements(...args),
    keep(connection, until) {
      open.add(connection)
      if (until !== Infinity) wheel.add(connection, until)
    },
    drop(connection, until) {
      open.delete(connection)
      unsure.delete(connection)
      wheel.remove(connection, until)
    },
    tell(connection, transition, error) {
      if (settings.onEvent !== undefined) emit(settings.onEvent, eventOf(connection, transition, error))
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
        place: policy.connections?.tickets?.placeOf(request),
        route: typeof request.route === 'string' ? request.route : undefined,
      }
      return new OpenConnection(auth, opened, transport, home)
    },
    async issueTicket(auth, use) {
      const tickets = decisions.connections?.tickets
      if (tickets === undefined) throw new TypeError('issueTicket: want the option connections, and no tickets: false')
      return tickets.issue(auth, use)
    },
  }
}

/** Whether a connection may be one of those whose tokens were revoked. */
function concerns(tokens: RevokedTokens, auth: AuthContext | null): boolean {
  if (auth === null) return false
  const token = revocableToken(auth)
  const names = ['issuer', 'subject', 'clientId', 'sessionId', 'tokenId'] as const
  return names.every((name) => tokens[name] === undefined || tokens[name] === token[name])
}
