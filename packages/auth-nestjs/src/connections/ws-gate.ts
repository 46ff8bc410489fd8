import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'

import { webSocketTransport } from '@acme/auth-core'
import type { ConnectionSocket, Requirements } from '@acme/auth-core'
import { Logger } from '@nestjs/common'

import { bearResets } from './gate.js'
import type { Gate } from './gate.js'
import { selectSubprotocol } from './subprotocol.js'
import type { SubprotocolOptions } from './subprotocol.js'

const logger = new Logger('Auth0Guard')

/** What is used of a WebSocketServer of `ws`. */
export interface WsServer {
  readonly options: SubprotocolOptions
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer, done: (...args: never[]) => void): void
  shouldHandle(request: IncomingMessage): boolean
  on(event: 'headers', listener: (lines: string[], request: object) => void): unknown
  prependListener(event: 'connection', listener: (client: WsClient, request: object) => void): unknown
}

/** What is used of a client of `ws`. */
export interface WsClient extends ConnectionSocket {
  on(event: 'message', listener: (message: unknown) => void): unknown
  once(event: 'close', listener: () => void): unknown
}

/**
 * Has the handshakes of a server of `ws` judged before they are answered, whichever HTTP server they come from: all of them
 * go through `handleUpgrade`. Those of other paths are left alone.
 */
export function guardWs(server: WsServer, gate: Gate, wanted: Requirements): void {
  const upgrade = server.handleUpgrade.bind(server)
  server.handleUpgrade = (request, socket, head, done) => {
    bearResets(socket)
    if (!server.shouldHandle(request)) return upgrade(request, socket, head, done)
    gate
      .admit(request, wanted, socket)
      .then((admitted) => {
        if (admitted) upgrade(request, socket, head, done)
      })
      .catch((fault: unknown) => {
        logger.error(fault)
        socket.destroy()
      })
  }
  selectSubprotocol(server.options)
  server.on('headers', (lines, request) => {
    for (const [name, value] of Object.entries(gate.headersFor(request))) lines.push(`${name}: ${value}`)
  })
  // Before the gateways hear of the client.
  server.prependListener('connection', (client, request) => openConnection(client, request, gate))
}

function openConnection(client: WsClient, request: object, gate: Gate): void {
  const connection = gate.open(request, client, webSocketTransport(client))
  client.on('message', (message) => void connection.receive(message))
  client.once('close', () => connection.closed())
}
