import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'

import { answerFrame, helloOf } from '@acme/tests-connections'
import type { ConnectionDriver, ConnectionServer } from '@acme/tests-connections'
import { serve, upgradeWebSocket } from '@hono/node-server'
import type { WebSocketServerLike } from '@hono/node-server'
import { Hono } from 'hono'
import type { Context } from 'hono'
import { requestId } from 'hono/request-id'
import type { WSContext } from 'hono/ws'
import { WebSocketServer } from 'ws'

import { answerUpgrades, createAuth, refuseOtherUpgrades, selectSubprotocol } from '../src/index.js'
import type { AuthOptions, HonoAuth } from '../src/index.js'

function createServed(options: AuthOptions): { readonly app: Hono; readonly auth: HonoAuth } {
  const auth = createAuth(options)
  const app = new Hono()
  app.use(requestId())
  app.post('/ticket', auth.requireAuth(), async (c) => {
    const use = { path: c.req.query('path') ?? '', origin: c.req.header('origin') }
    return c.json(await auth.resourceServer.issueTicket(c.var.auth, use))
  })
  app.get('/plain', auth.requireAuth('read:x'), (c) => c.json({}))
  return { app, auth }
}

/** @param withBodies - of refusals */
export function listen(app: Hono, withBodies = true): Promise<ConnectionServer> {
  const sockets = new WebSocketServer({ noServer: true, handleProtocols: selectSubprotocol })
  return new Promise((resolve) => {
    // Whose options may be undefined, and are not.
    const websocket = { server: sockets as WebSocketServerLike }
    const settings = { port: 0, hostname: '127.0.0.1', websocket }
    const server = serve(
      { fetch: withBodies ? answerUpgrades(app.fetch) : app.fetch, ...settings },
      ({ port }: AddressInfo) => {
        resolve({ port, close })
      },
    ) as Server // without TLS
    refuseOtherUpgrades(server)
    const close = (): Promise<void> => {
      for (const client of sockets.clients) client.terminate()
      return new Promise((closed) => {
        server.close(() => closed())
        server.closeAllConnections()
      })
    }
  })
}

export const honoWebSocket: ConnectionDriver = {
  transport: 'ws',
  start(options) {
    const { app, auth } = createServed(options)
    const events = auth.connection(() => ({
      onOpen: (_event, ws, connection) => ws.send(JSON.stringify({ event: 'hello', data: helloOf(connection) })),
      onMessage(event, ws, connection) {
        void answerFrame(connection, frameOf(event.data), (frame) => send(ws, frame))
      },
    }))
    app.get('/connect', auth.requireAuth('read:x'), upgradeWebSocket(events))
    app.get('/open', auth.optionalAuth(), upgradeWebSocket(events))
    return listen(app)
  },
}

export const honoEventStream: ConnectionDriver = {
  transport: 'sse',
  start(options) {
    const { app, auth } = createServed(options)
    const events = (c: Context): Promise<Response> =>
      auth.eventStream(c, (stream) => {
        stream.send('hello', helloOf(stream.connection))
      })
    app.get('/connect', auth.requireAuth('read:x'), events)
    app.get('/open', auth.optionalAuth(), events)
    return listen(app)
  },
}

function frameOf(data: unknown): string | Uint8Array {
  return typeof data === 'string' ? data : new Uint8Array(data as ArrayBuffer) // as @hono/node-server has it
}

function send(ws: WSContext, frame: string | Uint8Array): void {
  ws.send(typeof frame === 'string' ? frame : new Uint8Array(frame))
}
