import { getAuth, publicRoute, selectSubprotocol } from '@acme/auth-fastify'
import websocket from '@fastify/websocket'
import {
  goAway,
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
import type { FastifyInstance } from 'fastify'

/** What lives on, and what ends it. */
export async function liveRoutes(
  fastify: FastifyInstance,
  { sessions, metrics }: Pick<SampleSettings, 'sessions' | 'metrics'>,
): Promise<void> {
  await fastify.register(websocket, {
    options: { handleProtocols: selectSubprotocol, maxPayload: 65_536 },
    preClose(done) {
      goAway(fastify.websocketServer)
      fastify.websocketServer.close(done)
    },
  })
  const anyToken = { onRequest: fastify.requireAuth(policies.anyToken) }
  const reader = { onRequest: fastify.requireAuth(policies.messages) }

  fastify.post<{ Querystring: { path?: unknown } }>('/api/tickets', anyToken, async (request, reply) => {
    const use = { path: request.query.path, origin: request.headers.origin }
    const { status, body } = await sellTicket(fastify.resourceServer, getAuth(request), use)
    return reply.code(status).send(body)
  })

  fastify.post('/api/logout-everywhere', anyToken, async (request, reply) => {
    const { status, body } = await logOutEverywhere(getAuth(request), sessions)
    return reply.code(status).send(body)
  })

  fastify.route({
    method: 'GET',
    url: '/ws',
    ...reader,
    // Without a handshake (RFC 9110 §15.5.22).
    handler: (_request, reply) => reply.code(426).header('upgrade', 'websocket').send({ error: 'upgrade_required' }),
    wsHandler(socket, request) {
      const connection = fastify.connection(request, socket)
      const { hear, leave } = join(connection, tellBy(socket))
      socket.on('message', (message: unknown) => connection.receive(message) || hear(message))
      socket.on('close', leave)
    },
  })

  fastify.get('/events', reader, (request, reply) => {
    const stream = fastify.eventStream(request, reply)
    stream.signal.addEventListener(
      'abort',
      listenToFeed((said) => void stream.send('said', said)),
    )
  })

  fastify.post('/security-events', { onRequest: publicRoute(reasons.signals) }, async (request, reply) => {
    const { method, headers, raw } = request
    const answer = await receiveSignal(sessions, { method, headers, body: raw })
    return reply
      .code(answer.status)
      .headers(answer.headers)
      .send(answer.body ?? undefined)
  })

  fastify.get('/metrics', { onRequest: publicRoute(reasons.metrics) }, (request, reply) => {
    if (metrics === undefined) return reply.code(501).send(NOT_CONFIGURED)
    reply.hijack()
    metrics.answer(request.raw, reply.raw)
    return reply
  })
}
