import { getAuth, publicRoute } from '@acme/auth-express'
import type { ExpressAuth } from '@acme/auth-express'
import { webSocket } from '@acme/auth-express/websocket'
import {
  join,
  listenToFeed,
  logOutEverywhere,
  NOT_CONFIGURED,
  policies,
  reasons,
  receiveSignal,
  sellTicket,
  tellBy,
} from '@acme/sample-api'
import type { SampleSettings } from '@acme/sample-api'
import { Router } from 'express'
import type { WebSocketServer } from 'ws'

import { ROUTING } from './routes.js'

/** What lives on, and what ends it. */
export function liveRoutes(
  auth: ExpressAuth,
  { sessions, metrics }: Pick<SampleSettings, 'sessions' | 'metrics'>,
  sockets: WebSocketServer,
): Router {
  const { requireAuth, resourceServer } = auth
  const router = Router(ROUTING)

  router.post('/api/tickets', requireAuth(policies.anyToken), (request, response, fail) => {
    const use = { path: request.query['path'], origin: request.get('origin') }
    sellTicket(resourceServer, getAuth(request), use).then(
      ({ status, body }) => response.status(status).json(body),
      fail,
    )
  })

  router.post('/api/logout-everywhere', requireAuth(policies.anyToken), (request, response, fail) => {
    logOutEverywhere(getAuth(request), sessions).then(({ status, body }) => response.status(status).json(body), fail)
  })

  router.get(
    '/ws',
    requireAuth(policies.messages),
    webSocket(auth, sockets, (socket, _request, connection) => {
      const { hear, leave } = join(connection, tellBy(socket))
      socket.on('message', (message) => connection.receive(message) || hear(message))
      socket.on('close', leave)
    }),
  )

  router.get('/events', requireAuth(policies.messages), (request, response) => {
    const stream = auth.eventStream(request, response)
    stream.signal.addEventListener(
      'abort',
      listenToFeed((said) => void stream.send('said', said)),
    )
  })

  router.post('/security-events', publicRoute(reasons.signals), (request, response, fail) => {
    const { method, headers } = request
    receiveSignal(sessions, { method, headers, body: request }).then((answer) => {
      response.status(answer.status).set(answer.headers).end(answer.body)
    }, fail)
  })

  router.get('/metrics', publicRoute(reasons.metrics), (request, response) => {
    if (metrics === undefined) response.status(501).json(NOT_CONFIGURED)
    else metrics.answer(request, response)
  })
  return router
}
