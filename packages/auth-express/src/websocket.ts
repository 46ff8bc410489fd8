import { ServerResponse } from 'node:http'
import type { IncomingMessage } from 'node:http'
import type { Socket as NetSocket } from 'node:net'
import type { Duplex } from 'node:stream'

import { asFault } from '@acme/auth-core'
import type { AuthConnection } from '@acme/auth-core'
import type { NodeWebSocket } from '@acme/auth-core/node'
import type { NextFunction, Request, Response } from 'express'

import type { AuthHandler, ExpressAuth } from './index.js'

export { selectSubprotocol } from '@acme/auth-core'

/** The part of a `WebSocketServer` of `ws` that is used here. It is made with `noServer: true`. */
export interface UpgradeServer<Socket extends NodeWebSocket> {
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer, done: (socket: Socket) => void): void
  emit(event: 'connection', ...told: unknown[]): unknown
}

/** The part of an HTTP server that is used here. */
export interface UpgradingServer {
  on(event: 'upgrade', listener: (request: IncomingMessage, socket: Duplex, head: Buffer) => void): unknown
}

/** A handshake that waits for its answer. */
interface Handshake {
  readonly socket: Duplex
  readonly head: Buffer
}

const handshakes = new WeakMap<object, Handshake>()

/**
 * Has an application of Express answer the WebSocket handshakes of its server, as it answers any request: by its
 * middleware, guards and routes. What is refused gets a real answer with status, challenge and body. All handshakes of the
 * server go this way: those for which there is no route get 404.
 *
 * @param server - what `app.listen()` answers
 * @example
 * ```ts
 * import { createServer } from 'node:http'
 *
 * import { acceptUpgrades } from '@acme/auth-express/websocket'
 * import express from 'express'
 *
 * const app = express()
 * acceptUpgrades(createServer(app), app)
 * ```
 */
export function acceptUpgrades(
  server: UpgradingServer,
  app: (request: IncomingMessage, response: ServerResponse) => unknown,
): void {
  server.on('upgrade', (request, socket, head) => {
    // Before anything else: Node listens no longer, and a client that resets during the check would end the process.
    socket.on('error', () => socket.destroy())
    const response = responseOn(socket, request)
    if (response === undefined) return void socket.destroy()
    // Node reads no content of a request with the header Upgrade: a handler would wait for it in vain.
    if (request.method !== 'GET') return void response.writeHead(405, { allow: 'GET' }).end()
    handshakes.set(request, { socket, head })
    app(request, response)
  })
}

/**
 * A response whose end is that of the socket: what follows it is no request that Node would read (RFC 9110 §7.8).
 *
 * @returns undefined where a request before it is not answered yet, with whose answer it would be mixed up
 */
function responseOn(socket: Duplex, request: IncomingMessage): ServerResponse | undefined {
  const response = new ServerResponse(request)
  response.shouldKeepAlive = false
  try {
    response.assignSocket(socket as NetSocket) // of an HTTP server
  } catch {
    // Thrown to Node it would end the process, whoever pipelines (RFC 9112 §9.3.2).
    return undefined
  }
  response.on('finish', () => {
    socket.end()
    cutOff(socket)
  })
  return response
}

/** Seconds for a client to take the answer and close. */
const CLOSING_TIME = 2

function cutOff(socket: Duplex): void {
  const timer = setTimeout(() => socket.destroy(), CLOSING_TIME * 1000).unref()
  socket.on('close', () => clearTimeout(timer))
}

/**
 * The last handler of a route: opens the WebSocket, behind a guard. A plain request gets 426 (RFC 9110 §15.5.22). Without a
 * guard it is a fault, and nothing is opened.
 *
 * @param auth - whose guard stands before it
 * @param sockets - `new WebSocketServer({ noServer: true, handleProtocols: selectSubprotocol })`
 * @param handler - gets `connection` to hand messages to: `if (connection.receive(data)) return`
 * @example
 * ```ts
 * import { createServer } from 'node:http'
 *
 * import { createAuth } from '@acme/auth-express'
 * import { acceptUpgrades, selectSubprotocol, webSocket } from '@acme/auth-express/websocket'
 * import express from 'express'
 * import { WebSocketServer } from 'ws'
 *
 * const auth = createAuth({ issuer: 'https://issuer.example.com/', audience: 'https://api.example.com', connections: {} })
 * const sockets = new WebSocketServer({ noServer: true, handleProtocols: selectSubprotocol })
 * const app = express()
 * app.get(
 *   '/ws',
 *   auth.requireAuth('read:messages'),
 *   webSocket(auth, sockets, (socket, request, connection) => {
 *     socket.on('message', (data) => {
 *       if (connection.receive(data)) return // renews the connection
 *       socket.send(`hello ${connection.auth?.subject}`)
 *     })
 *   }),
 * )
 * acceptUpgrades(createServer(app), app)
 * ```
 */
export function webSocket<Socket extends NodeWebSocket>(
  auth: Pick<ExpressAuth, 'connection'>,
  sockets: UpgradeServer<Socket>,
  handler: (socket: Socket, request: Request, connection: AuthConnection) => unknown,
): AuthHandler {
  return (request, response, next) => {
    const handshake = handshakes.get(request)
    if (handshake === undefined) return upgradeRequired(response)
    if (!('auth' in request)) return next(new Error('no auth context: is webSocket() behind a guard of requireAuth()?'))
    handshakes.delete(request)
    const { socket, head } = handshake
    response.detachSocket(socket as NetSocket) // as it was assigned
    const plain = request as unknown as Request // whatever its parameters are
    sockets.handleUpgrade(plain, socket, head, (opened) => {
      run(opened, next, () => {
        const connection = auth.connection(plain, opened)
        sockets.emit('connection', opened, plain)
        return handler(opened, plain, connection)
      })
    })
  }
}

/** A fault goes to the error handlers of the application, and its socket is closed with 1011 (RFC 6455 §7.4.1). */
function run(socket: NodeWebSocket, next: NextFunction, body: () => unknown): void {
  const fail = (reason: unknown): void => {
    socket.close(1011, '')
    next(asFault(reason))
  }
  try {
    Promise.resolve(body()).then(undefined, fail)
  } catch (reason) {
    fail(reason)
  }
}

function upgradeRequired(response: Response): void {
  response.statusCode = 426
  response.setHeader('upgrade', 'websocket')
  response.setHeader('connection', 'upgrade')
  response.end()
}
