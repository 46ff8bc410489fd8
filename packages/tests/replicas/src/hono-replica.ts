import type { AddressInfo } from 'node:net'

import { answerUpgrades, createAuth, isAuthError, selectSubprotocol } from '@acme/auth-hono'
import { serve, upgradeWebSocket } from '@hono/node-server'
import type { WebSocketServerLike } from '@hono/node-server'
import { Hono } from 'hono'
import { HTTPException } from 'hono/http-exception'
import { WebSocketServer } from 'ws'

import { run } from './run.js'

await run(async ({ options, signals }) => {
  const auth = createAuth(options)
  const app = new Hono()
  // As Express does: tickets that cannot be kept now are an outage, and no fault.
  app.onError((error) => {
    if (error instanceof HTTPException) return error.getResponse()
    return new Response(null, { status: isAuthError(error) ? error.status : 500 })
  })
  app.get('/ws', auth.requireAuth('read:x'), upgradeWebSocket(auth.connection(() => ({}))))
  app.get('/events', auth.requireAuth('read:x'), (c) => auth.eventStream(c, () => undefined))
  app.post('/tickets', auth.requireAuth(), async (c) =>
    c.json(await auth.resourceServer.issueTicket(c.var.auth, { path: c.req.query('path') ?? '', origin: undefined })),
  )
  app.get('/plain', auth.requireAuth('read:x'), (c) => c.json({}))
  app.post('/security-events', async (c) => {
    const { status, headers, body } = await signals.receive(c.req.raw)
    return new Response(body, { status, headers })
  })
  const sockets = new WebSocketServer({ noServer: true, handleProtocols: selectSubprotocol, perMessageDeflate: false })
  const websocket = { server: sockets as WebSocketServerLike } // whose options may be undefined, and are not
  const port = await new Promise<number>((resolve) => {
    serve({ fetch: answerUpgrades(app.fetch), port: 0, hostname: '127.0.0.1', websocket }, (address: AddressInfo) => {
      resolve(address.port)
    })
  })
  return { port, resourceServer: auth.resourceServer }
})
