import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

import { createAuth, getAuth } from '@acme/auth-express'
import { acceptUpgrades, selectSubprotocol, webSocket } from '@acme/auth-express/websocket'
import express from 'express'
import { WebSocketServer } from 'ws'

import { run } from './run.js'

await run(async ({ options, signals }) => {
  const auth = createAuth(options)
  const sockets = new WebSocketServer({ noServer: true, handleProtocols: selectSubprotocol, perMessageDeflate: false })
  const app = express()
  app.get(
    '/ws',
    auth.requireAuth('read:x'),
    webSocket(auth, sockets, (socket, _request, connection) => {
      socket.on('message', (data) => connection.receive(data))
    }),
  )
  app.get('/events', auth.requireAuth('read:x'), (request, response) => void auth.eventStream(request, response))
  app.post('/tickets', auth.requireAuth(), (request, response, next) => {
    const { path } = request.query
    const use = { path: typeof path === 'string' ? path : '', origin: undefined }
    auth.resourceServer.issueTicket(getAuth(request), use).then((ticket) => response.json(ticket), next)
  })
  app.get('/plain', auth.requireAuth('read:x'), (_request, response) => void response.json({}))
  app.post('/security-events', (request, response, next) => {
    signals.receive({ method: request.method, headers: request.headers, body: request }).then(
      ({ status, headers, body }) =>
        response
          .status(status)
          .set(headers)
          .send(body ?? undefined),
      next,
    )
  })
  const server = createServer(app)
  acceptUpgrades(server, app)
  await once(server.listen(0, '127.0.0.1', 4096), 'listening')
  const { port } = server.address() as AddressInfo // it listens on TCP
  return { port, resourceServer: auth.resourceServer }
})
