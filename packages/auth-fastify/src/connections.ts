import { frameworkResourceRequest, nodeEventStream, webSocketConnection } from '@acme/auth-core/node'
import type { AuthConnection, EventStream, EventStreamOptions, ResourceServer } from '@acme/auth-core'
import type { NodeWebSocket } from '@acme/auth-core/node'
import type { FastifyReply, FastifyRequest } from 'fastify'

import type { AnyFastifyReply, AnyFastifyRequest } from './index.js'

/** How a developer says which proxies are trusted. */
export const FASTIFY: { readonly proxySetting: string } = { proxySetting: 'fastify({ trustProxy: ... })' }

export function keepConnection(
  resourceServer: ResourceServer,
  request: AnyFastifyRequest,
  socket: NodeWebSocket,
): AuthConnection {
  const seen = frameworkResourceRequest(request as FastifyRequest, FASTIFY) // of whatever server
  return webSocketConnection(socket, (transport) => resourceServer.connection(seen, transport))
}

/** Fastify leaves the response to the stream, which carries the headers of the reply: those of CORS, say. */
export function eventStreamOf(
  resourceServer: ResourceServer,
  anyRequest: AnyFastifyRequest,
  anyReply: AnyFastifyReply,
  options: EventStreamOptions | undefined,
): EventStream {
  // Of whatever server: what is used here all have.
  const [request, reply] = [anyRequest as FastifyRequest, anyReply as FastifyReply]
  const seen = frameworkResourceRequest(request, FASTIFY)
  for (const [name, value] of Object.entries(reply.getHeaders())) {
    if (value !== undefined) reply.raw.setHeader(name, value)
  }
  const stream = nodeEventStream(reply.raw, (transport) => resourceServer.connection(seen, transport), options)
  reply.hijack()
  return stream
}
