import { publicRoute } from '@acme/auth-hono'
import type { HonoAuth } from '@acme/auth-hono'
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
import { upgradeWebSocket } from '@hono/node-server'
import type { HttpBindings } from '@hono/node-server'
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response'
import { Hono } from 'hono'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import type { WebSocket as Socket } from 'ws'

/** What lives on, and what ends it. */
export function liveRoutes(auth: HonoAuth, { sessions, metrics }: Pick<SampleSettings, 'sessions' | 'metrics'>): Hono {
  const { requireAuth, resourceServer } = auth
  const live = new Hono()

  live.post('/api/tickets', requireAuth(policies.anyToken), async (c) => {
    const use = { path: c.req.query('path'), origin: c.req.header('origin') }
    const { status, body } = await sellTicket(resourceServer, c.var.auth, use)
    return c.json(body, status as ContentfulStatusCode) // one of 200, 400 and 503
  })

  live.post('/api/logout-everywhere', requireAuth(policies.anyToken), async (c) =>
    c.json((await logOutEverywhere(c.var.auth, sessions)).body),
  )

  const events = auth.connection(() => {
    let client: ReturnType<typeof join> | undefined
    return {
      onOpen(_event, ws, connection) {
        client = join(connection, tellBy(ws.raw as Socket)) // of ws, by @hono/node-server
      },
      onMessage: ({ data }) => client?.hear(data),
      onClose: () => client?.leave(),
    }
  })
  live.get('/ws', requireAuth(policies.messages), upgradeWebSocket(events), (c) =>
    // Without a handshake (RFC 9110 §15.5.22).
    c.json({ error: 'upgrade_required' }, 426, { upgrade: 'websocket' }),
  )

  live.get('/events', requireAuth(policies.messages), (c) =>
    auth.eventStream(c, (stream) => {
      stream.signal.addEventListener(
        'abort',
        listenToFeed((said) => void stream.send('said', said)),
      )
    }),
  )

  live.post('/security-events', publicRoute(reasons.signals), async (c) => {
    const { status, headers, body } = await receiveSignal(sessions, c.req.raw)
    return new Response(body, { status, headers })
  })

  live.get('/metrics', publicRoute(reasons.metrics), (c) => {
    if (metrics === undefined) return c.json(NOT_CONFIGURED, 501)
    const { incoming, outgoing } = c.env as HttpBindings // of @hono/node-server
    metrics.answer(incoming, outgoing)
    return RESPONSE_ALREADY_SENT
  })
  return live
}
