import { refusal } from '../outcome/errors.js'
import type { AuthError } from '../outcome/errors.js'
import { MAX_TOKEN_LENGTH } from '../request/credentials.js'
import type { Credentials } from '../request/credentials.js'
import { headerValues, trimSpace } from '../request/resource-request.js'
import type { ResourceRequest } from '../request/resource-request.js'
import { quote } from '../util/quote.js'
import type { ConnectionSettings } from './connection-options.js'

/** What a client that cannot send an Authorization header presents instead. */
export interface Handshake {
  /** Of the subprotocols of a WebSocket handshake. */
  readonly credentials?: Credentials
  readonly ticket?: string
}

/** The subprotocol whose next one is a token. The server selects it; the token is never answered. */
export const TOKEN_SUBPROTOCOL = 'auth0-token'
/** Of the query. Never a token, which would end up in logs (RFC 9700 §4.3.2): a ticket is used up by then. */
export const TICKET_PARAMETER = 'auth0_ticket'

const NOTHING: Handshake = Object.freeze({})

/**
 * Reads how a connection is opened: a WebSocket, a stream of events, or anything with a ticket.
 *
 * @throws {AuthError} `origin_denied`, `credentials_malformed`, `credentials_repeated`, `token_too_large`
 */
export function readHandshake(request: ResourceRequest, settings: ConnectionSettings): Handshake {
  if (request.method !== 'GET') return NOTHING
  const isWebSocket = headerValues(request, 'upgrade').some((value) => /(?:^|,)\s*websocket\s*(?:,|$)/i.test(value))
  const ticket = settings.tickets === undefined ? undefined : ticketOf(request.target)
  if (isWebSocket || ticket !== undefined || asksForEvents(request)) requireOrigin(request, settings)
  const credentials = isWebSocket ? subprotocolCredentials(request) : undefined
  if (ticket === undefined && credentials === undefined) return NOTHING
  // RFC 6750 §2: no more than one method in each request.
  const methods =
    headerValues(request, 'authorization').length + Number(ticket !== undefined) + Number(credentials !== undefined)
  if (methods > 1) throw refusal('credentials_repeated', 'more than one of header, subprotocol and ticket')
  return { ...(ticket !== undefined && { ticket }), ...(credentials !== undefined && { credentials }) }
}

/** Whether a client presents credentials in one of these ways, good or bad. */
export function sentInHandshake(request: ResourceRequest): boolean {
  return (
    request.method === 'GET' && (ticketOf(request.target) !== undefined || offered(request).includes(TOKEN_SUBPROTOCOL))
  )
}

function asksForEvents(request: ResourceRequest): boolean {
  return headerValues(request, 'accept').some((value) => value.toLowerCase().includes('text/event-stream'))
}

/** RFC 6455 §10.2: a page sends its origin with a handshake, and cannot choose it. */
function requireOrigin(request: ResourceRequest, { allowedOrigins }: ConnectionSettings): void {
  if (allowedOrigins === undefined) return
  const origins = headerValues(request, 'origin')
  if (origins.length === 0 || (origins.length === 1 && allowedOrigins.includes(origins[0] ?? ''))) return
  throw refusal(
    'origin_denied',
    `Origin is ${quote(origins.join(', '))}; connections.allowedOrigins: ${allowedOrigins.join(' ')}`,
  )
}

/** The ticket as it was sent; several are none. */
export function ticketOf(target: string): string | undefined {
  const start = target.indexOf('?')
  if (start === -1 || !target.includes(TICKET_PARAMETER, start)) return undefined
  const values = new URLSearchParams(target.slice(start + 1)).getAll(TICKET_PARAMETER)
  return values.length === 0 ? undefined : values.join(' ')
}

/** What the client offers: RFC 6455 §4.1, a list that may be split over several lines. */
function offered(request: ResourceRequest): readonly string[] {
  return headerValues(request, 'sec-websocket-protocol').flatMap((line) => line.split(',').map(trimSpace))
}

/** `auth0-token` and the token, the last two: `new WebSocket(url, ['auth0-token', token])`. */
export function subprotocolCredentials(request: ResourceRequest): Credentials | undefined {
  const list = offered(request)
  const place = list.indexOf(TOKEN_SUBPROTOCOL)
  if (place === -1) return undefined
  const token = list[place + 1]
  if (place !== list.length - 2 || token === undefined || token === '')
    throw malformed('want auth0-token and one token, at the end')
  if (token.length > MAX_TOKEN_LENGTH)
    throw refusal('token_too_large', `${token.length} characters`, { scheme: 'Bearer' })
  return { scheme: 'Bearer', token }
}

function malformed(detail: string): AuthError {
  return refusal('credentials_malformed', `Sec-WebSocket-Protocol: ${detail}`, { scheme: 'Bearer' })
}
