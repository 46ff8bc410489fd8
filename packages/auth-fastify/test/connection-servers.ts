import type { AddressInfo } from 'node:net'

import websocket from '@fastify/websocket'
import type { WebSocket } from '@fastify/websocket'
import { answerFrame, helloOf } from '@acme/tests-connections'
import type { ConnectionDriver, ConnectionServer } from '@acme/tests-connections'
import fastify from 'fastify'
import type { FastifyInstance, FastifyRequest } from 'fastify'

import { auth0Plugin, getAuth, selectSubprotocol, withoutTicket } from '../src/index.js'
import type { AuthOptions } from '../src/index.js'

/** An application that logs its requests. */
async function createServed(options: AuthOptions, log: (line: string) => void): Promise<FastifyInstance> {
  const app = fastify({
    requestIdHeader: 'x-request-id',
    forceCloseConnections: true,
    logger: {
      stream: { write: log },
      serializers: { req: ({ method, url }) => ({ method, url: withoutTicket(url) }) },
    },
  })
  await app.register(auth0Plugin, options)
  app.post<{ Querystring: { path: string } }>('/ticket', { onRequest: app.requireAuth() }, (request) => {
    const use = { path: request.query.path, origin: request.headers.origin }
    return app.resourceServer.issueTicket(getAuth(request), use)
  })
  app.get('/plain', { onRequest: app.requireAuth('read:x') }, () => ({}))
  return app
}

/** The last ones: a server of ten thousand connections writes twice as many. */
function keep(lines: string[], line: string): void {
  if (lines.push(line) > 1000) lines.shift()
}

async function listen(app: FastifyInstance, lines: readonly string[]): Promise<ConnectionServer> {
  await app.listen({ port: 0, host: '127.0.0.1' })
  const { port } = app.server.address() as AddressInfo // listens on TCP
  return { port, log: () => lines.join(''), close: () => app.close() }
}

export const fastifyWebSocket: ConnectionDriver = {
  transport: 'ws',
  async start(options) {
    const lines: string[] = []
    const app = await createServed(options, (line) => keep(lines, line))
    await app.register(websocket, { options: { handleProtocols: selectSubprotocol } })
    const serveSocket = (socket: WebSocket, request: FastifyRequest): void => {
      const connection = app.connection(request, socket)
      socket.send(JSON.stringify({ event: 'hello', data: helloOf(connection) }))
      socket.on('message', (data: Buffer, isBinary: boolean) => {
        if (connection.receive(data)) return
        void answerFrame(connection, isBinary ? data : data.toString(), (frame) => socket.send(frame))
      })
    }
    await app.register(async (routes) => {
      routes.get('/connect', { websocket: true, onRequest: app.requireAuth('read:x') }, serveSocket)
      routes.get('/open', { websocket: true, onRequest: app.optionalAuth() }, serveSocket)
    })
    return listen(app, lines)
  },
}

export const fastifyEventStream: ConnectionDriver = {
  transport: 'sse',
  async start(options) {
    const lines: string[] = []
    const app = await createServed(options, (line) => keep(lines, line))
    for (const [path, onRequest] of [
      ['/connect', app.requireAuth('read:x')],
      ['/open', app.optionalAuth()],
    ] as const) {
      app.get(path, { onRequest }, (request, reply) => {
        const stream = app.eventStream(request, reply)
        stream.send('hello', helloOf(stream.connection))
      })
    }
    return listen(app, lines)
  },
}
