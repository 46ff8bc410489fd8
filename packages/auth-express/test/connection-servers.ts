import { once } from 'node:events'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'

import { answerFrame, helloOf } from '@acme/tests-connections'
import type { ConnectionDriver, ConnectionServer } from '@acme/tests-connections'
import type { Express } from 'express'
import { WebSocketServer } from 'ws'
import type { WebSocket } from 'ws'

import { createAuth, getAuth } from '../src/index.js'
import type { AuthConnection, AuthOptions, ExpressAuth } from '../src/index.js'
import { acceptUpgrades, selectSubprotocol, webSocket } from '../src/websocket.js'
import { createApp } from './serve.js'

function createServed(options: AuthOptions): { readonly app: Express; readonly auth: ExpressAuth } {
  const auth = createAuth(options)
  const app = createApp()
  app.post('/ticket', auth.requireAuth(), (request, response, next) => {
    const { searchParams } = new URL(request.originalUrl, 'http://api.test')
    const use = { path: searchParams.get('path') ?? '', origin: request.headers.origin }
    auth.resourceServer.issueTicket(getAuth(request), use).then((ticket) => response.json(ticket), next)
  })
  app.get('/plain', auth.requireAuth('read:x'), (_request, response) => void response.json({}))
  return { app, auth }
}

async function listen(app: Express): Promise<{ readonly http: Server; readonly served: ConnectionServer }> {
  const http = app.listen(0, '127.0.0.1')
  await once(http, 'listening')
  const { port } = http.address() as AddressInfo // listens on TCP
  const close = async (): Promise<void> => {
    const closed = once(http, 'close')
    http.close()
    http.closeAllConnections()
    await closed
  }
  return { http, served: { port, close } }
}

function serveSocket(socket: WebSocket, _request: unknown, connection: AuthConnection): void {
  socket.send(JSON.stringify({ event: 'hello', data: helloOf(connection) }))
  socket.on('message', (data: Buffer, isBinary: boolean) => {
    if (connection.receive(data)) return
    void answerFrame(connection, isBinary ? data : data.toString(), (frame) => socket.send(frame))
  })
}

export const expressWebSocket: ConnectionDriver = {
  transport: 'ws',
  async start(options) {
    const { app, auth } = createServed(options)
    const sockets = new WebSocketServer({ noServer: true, handleProtocols: selectSubprotocol })
    app.get('/connect', auth.requireAuth('read:x'), webSocket(auth, sockets, serveSocket))
    app.get('/open', auth.optionalAuth(), webSocket(auth, sockets, serveSocket))
    const { http, served } = await listen(app)
    acceptUpgrades(http, app)
    const close = async (): Promise<void> => {
      for (const client of sockets.clients) client.terminate()
      await served.close()
    }
    return { ...served, close }
  },
}

export const expressEventStream: ConnectionDriver = {
  transport: 'sse',
  async start(options) {
    const { app, auth } = createServed(options)
    for (const [path, guard] of [
      ['/connect', auth.requireAuth('read:x')],
      ['/open', auth.optionalAuth()],
    ] as const) {
      app.get(path, guard, (request, response) => {
        const stream = auth.eventStream(request, response)
        stream.send('hello', helloOf(stream.connection))
      })
    }
    return (await listen(app)).served
  },
}
