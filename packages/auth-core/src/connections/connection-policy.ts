import type { Requirements } from '../authorization/requirement-types.js'
import type { Caller, DecisionPolicy } from '../decide.js'
import type { Settings } from '../options/options.js'
import { createPublicUrl } from '../public-url/public-url.js'
import type { Credentials } from '../request/credentials.js'
import type { ResourceRequest } from '../request/resource-request.js'
import { readHandshake, sentInHandshake } from './handshake.js'
import { callerOfTicket } from './ticket-caller.js'
import { createTickets } from './tickets.js'
import type { Tickets } from './tickets.js'

/** How requests that open a connection are read. */
export interface ConnectionPolicy {
  /**
   * Who presents a ticket; undefined for a request without one.
   * @throws {AuthError} `origin_denied`, `credentials_repeated`, and those of `callerOfTicket`
   */
  readonly callerByTicket: (
    request: ResourceRequest,
    wanted: Requirements,
    policy: DecisionPolicy,
  ) => Promise<Caller> | undefined
  /**
   * The token among the subprotocols of a WebSocket handshake.
   * @throws {AuthError} `origin_denied`, `credentials_malformed`, `credentials_repeated`, `token_too_large`
   */
  readonly credentialsOf: (request: ResourceRequest) => Credentials | undefined
  /** Whether a request presents credentials beside a header. */
  readonly sentCredentials: (request: ResourceRequest) => boolean
  /** Undefined where there are none: no request has a ticket then. */
  readonly tickets: Tickets | undefined
}

/** @returns undefined without the option `connections`: credentials come in a header alone */
export function createConnectionPolicy(settings: Settings, now: () => number): ConnectionPolicy | undefined {
  const { connections } = settings
  if (connections === undefined) return undefined
  const { tickets: store, ticketLifetime: lifetime } = connections
  const urlOf = createPublicUrl(settings.publicOrigins, settings.onEvent, settings.publicUrl)
  return {
    callerByTicket(request, wanted, policy) {
      const { ticket } = readHandshake(request, connections)
      return ticket === undefined ? undefined : callerOfTicket(ticket, request, wanted, policy)
    },
    credentialsOf: (request) => readHandshake(request, connections).credentials,
    sentCredentials: sentInHandshake,
    tickets: store && createTickets({ store, lifetime, now, urlOf }),
  }
}
