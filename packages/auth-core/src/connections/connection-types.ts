import type { RequirementArguments } from '../authorization/requirement-types.js'
import type { AuthContext } from '../outcome/auth-context.js'
import type { TicketStore } from './ticket-store.js'

/** The option `connections`: how clients that cannot send a header open WebSockets and event streams. */
export interface ConnectionOptions {
  /**
   * Origins of the pages that may open connections (RFC 6455 §10.2), such as `https://app.example.com`: others get 403.
   * Requests without `Origin` are no page's. @defaultValue all, since tokens and tickets are nothing that a browser adds
   */
  readonly allowedOrigins?: readonly string[] | undefined
  /** Holds tickets; `false`: there are none. @defaultValue a store in memory */
  readonly tickets?: TicketStore | false | undefined
  /** How long a ticket is good, in seconds, 60 at most. @defaultValue 30 */
  readonly ticketLifetime?: number | undefined
  /** Seconds after which open connections are judged again where a revocation source tells no changes. @defaultValue 30 */
  readonly recheckInterval?: number | undefined
}

/** What the server tells the client of a connection, by the names of the events, in band. */
export interface ConnectionMessages {
  /** First of all. `expires_in`: seconds until the connection is closed unless it is renewed. */
  readonly 'auth0.opened': { readonly expires_in: number }
  readonly 'auth0.renewed': { readonly expires_in: number }
  /** A renewal was refused; the connection lives on until its token expires. */
  readonly 'auth0.refused': ConnectionRefusal
  /** The last one: the connection is closed with 1008. */
  readonly 'auth0.closing': ConnectionRefusal
}

/** As the body of a refusal has it. */
export interface ConnectionRefusal {
  readonly error: string
  readonly error_description: string
  readonly code: string
  /** Of this refusal alone: its trace has it, and the event of type `connection`. None where the server failed. */
  readonly correlation_id?: string
}

/** How a connection is spoken to: WebSocket, Socket.IO, or a stream of events. What it throws is ignored. */
export interface ConnectionTransport {
  /** By WebSocket the text `JSON.stringify({ event, data })`; else an event of that name. */
  send(event: keyof ConnectionMessages, data: ConnectionMessages[keyof ConnectionMessages]): void
  /** `code`: 1008 (RFC 6455 §7.4.1). `reason`: the `code` of the refusal, such as `AUTH_1001`. Called once, at most. */
  close(code: number, reason: string): void
}

/** What renews a connection: a Bearer token, or a ticket, which a DPoP-bound token needs. */
export interface RenewalCredentials {
  readonly token?: string | undefined
  readonly ticket?: string | undefined
}

/** A connection that stays authenticated: closed with 1008 when its token expires or is revoked, unless renewed. */
export interface AuthConnection {
  /** Who is connected, by the last token; null for an anonymous caller. */
  readonly auth: AuthContext | null
  /**
   * Holds the caller against more requirements: for single messages and subscriptions.
   * @throws {AuthError} where they are not met, or the token is not good any more
   */
  readonly require: (...wanted: RequirementArguments) => Promise<AuthContext>
  /**
   * Takes a newer token: of the same issuer, subject, client, actor and key, meeting the requirements of the route again.
   * @throws {AuthError} which leaves the connection as it was, unless more than 20 are refused in a minute: it is closed then.
   * Outages do not count. Its `correlationId` is that of its trace
   */
  readonly renew: (credentials: RenewalCredentials) => Promise<AuthContext>
  /**
   * Takes a message of the client: `{ "event": "auth0.renew", "data": { "token": "…" } }`, or `ticket`, as text, bytes or
   * parsed. Answers it on the connection.
   * @returns whether it was for us: else it is the application's
   */
  readonly receive: (message: unknown) => boolean
  /** To be called when the connection is closed, whoever did that. */
  readonly closed: () => void
}
