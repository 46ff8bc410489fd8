import type { AuthContext, ResourceServer } from '@acme/auth-core'
import type { FastifyReply, FastifyRequest } from 'fastify'

import type { AnyFastifyReply, AnyFastifyRequest } from './index.js'

/** Answers an operator's request for a trace. */
export type TraceHandler = (request: AnyFastifyRequest, reply: AnyFastifyReply) => Promise<unknown>

/** Serves the trace that the parameter `id` of its route names, or a list where it has none. */
export function traceRoute(
  resourceServer: ResourceServer,
  callerOf: (request: AnyFastifyRequest) => AuthContext | null | undefined,
): TraceHandler {
  return async (request, anyReply) => {
    const { url, params } = request as FastifyRequest // of whatever server: what is used here all have
    const { id } = params as { id?: string } // of the route that it is the handler of
    const reply = anyReply as FastifyReply // as above
    const { status, headers, body } = await resourceServer.traceResponse({ auth: callerOf(request), id, url })
    return reply.code(status).headers(headers).send(body)
  }
}
