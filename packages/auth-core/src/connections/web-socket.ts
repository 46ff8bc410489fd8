import { laterOn } from '../util/timers.js'
import { TOKEN_SUBPROTOCOL } from './handshake.js'
import type { AuthConnection, ConnectionMessages, ConnectionTransport } from './connection-types.js'

/** The part of a WebSocket that is used: of `ws`, of runtimes, of Hono's `WSContext`. */
export interface ConnectionSocket {
  send(text: string): unknown
  close(code: number, reason: string): unknown
  /** Bytes that were not sent yet. */
  readonly bufferedAmount?: number | undefined
  /** Of `ws`: destroys the socket. */
  terminate?(): unknown
  /** Of `ws`. */
  removeAllListeners?(event: 'message'): unknown
}

/**
 * Selects the subprotocol `auth0-token` where a client offers `auth0-token, <token>`, and never the token: browsers fail a
 * connection whose server selects none of those that they offered (RFC 6455 §4.1). For the option `handleProtocols` of `ws`,
 * which without it selects the first, whatever it is. Others that an application speaks are for it to select.
 *
 * @example
 * ```ts
 * import { selectSubprotocol } from '@acme/auth-core'
 *
 * console.log(selectSubprotocol(new Set(['auth0-token', 'eyJ...']))) // auth0-token
 * ```
 */
export function selectSubprotocol(offered: Iterable<string>): 'auth0-token' | false {
  return [...offered].includes(TOKEN_SUBPROTOCOL) && TOKEN_SUBPROTOCOL
}

/** What a client that does not read may leave unsent, before it is told nothing more. */
const MAX_UNSENT = 65_536 // bytes

const ignore = (): void => undefined

/** Seconds for the closing handshake (RFC 6455 §7.1.1): a client that does not answer it is cut off. */
const CLOSING_TIME = 2

/**
 * Speaks to a connection over a WebSocket, by texts `{ "event": "…", "data": { … } }`. For `resourceServer.connection()`.
 *
 * Once the resource server has closed it, no message of the client reaches the application any more, where the socket is
 * one of `ws`.
 *
 * @example
 * ```ts
 * import { webSocketTransport } from '@acme/auth-core'
 * import type { AuthConnection, ConnectionSocket, ResourceRequest, ResourceServer } from '@acme/auth-core'
 *
 * export function keep(server: ResourceServer, request: ResourceRequest, socket: ConnectionSocket): AuthConnection {
 *   return server.connection(request, webSocketTransport(socket)) // whose closed() is to be called at the end
 * }
 * ```
 */
export function webSocketTransport(socket: ConnectionSocket): ConnectionTransport {
  return new WebSocketTransport(socket)
}

/** One for each connection: a class, since closures take more. */
class WebSocketTransport implements ConnectionTransport {
  readonly #socket: ConnectionSocket

  constructor(socket: ConnectionSocket) {
    this.#socket = socket
  }

  send(event: keyof ConnectionMessages, data: ConnectionMessages[keyof ConnectionMessages]): void {
    const socket = this.#socket
    if ((socket.bufferedAmount ?? 0) <= MAX_UNSENT) socket.send(JSON.stringify({ event, data }))
  }

  close(code: number, reason: string): void {
    const socket = this.#socket
    // A client that goes on sending until the closing handshake is over is not heard: its token is not good any more.
    socket.removeAllListeners?.('message')
    socket.close(code, reason)
    laterOn(CLOSING_TIME, () => socket.terminate?.())
  }
}

/** A WebSocket of `ws`, as far as it is used. */
export interface NodeWebSocket extends ConnectionSocket {
  on(event: 'close' | 'error', listener: () => void): unknown
}

/**
 * Keeps a WebSocket of `ws` authenticated until it is closed. For adapters.
 *
 * @param open - makes the connection: `(transport) => resourceServer.connection(request, transport)`
 * @throws what `open` throws
 * @example
 * ```ts
 * import { webSocketConnection } from '@acme/auth-core/node'
 * import type { NodeWebSocket } from '@acme/auth-core/node'
 * import type { AuthConnection, ResourceRequest, ResourceServer } from '@acme/auth-core'
 *
 * export function keep(server: ResourceServer, request: ResourceRequest, socket: NodeWebSocket): AuthConnection {
 *   return webSocketConnection(socket, (transport) => server.connection(request, transport))
 * }
 * ```
 */
export function webSocketConnection(
  socket: NodeWebSocket,
  open: (transport: ConnectionTransport) => AuthConnection,
): AuthConnection {
  // Without a listener a frame that is none, from any client, would end the process.
  socket.on('error', ignore)
  const connection = open(webSocketTransport(socket))
  socket.on('close', () => connection.closed())
  return connection
}
