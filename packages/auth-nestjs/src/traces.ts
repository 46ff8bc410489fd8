import type { ResourceServer, TraceRequest } from '@acme/auth-core'

import { hasBegun } from './exception.js'
import type { NestResponse } from './exception.js'

/** What is used of the response: Express' own, or Fastify's reply. */
export interface TraceReply extends NestResponse {
  status(code: number): unknown
  /** Express' only, as it is used here: its `send` adds headers. */
  end?(body: string): unknown
  send(body: string): unknown
}

/**
 * Answers an operator's request for the trace of a refused one, or, without `id`, for a list of the latest: in a controller,
 * behind a guard like any route, with `@Res()`.
 *
 * Rejects on a route without a guard, with an Error.
 *
 * @example
 * ```ts
 * import { Auth, RequireAuth, RESOURCE_SERVER, sendTrace } from '@acme/auth-nestjs'
 * import type { AuthContext, ResourceServer, TraceReply } from '@acme/auth-nestjs'
 * import { Controller, Get, Inject, Param, Req, Res } from '@nestjs/common'
 *
 * @Controller('internal/traces')
 * @RequireAuth('read:traces')
 * export class TracesController {
 *   readonly #server: ResourceServer
 *
 *   constructor(@Inject(RESOURCE_SERVER) server: ResourceServer) {
 *     this.#server = server
 *   }
 *
 *   @Get()
 *   latest(@Auth() auth: AuthContext, @Req() { url }: { url: string }, @Res() reply: TraceReply) {
 *     return sendTrace(this.#server, reply, { auth, id: undefined, url }) // filtered by its query
 *   }
 *
 *   @Get(':id')
 *   trace(@Param('id') id: string, @Auth() auth: AuthContext, @Res() reply: TraceReply) {
 *     return sendTrace(this.#server, reply, { auth, id })
 *   }
 * }
 * ```
 */
export async function sendTrace(
  resourceServer: ResourceServer,
  reply: TraceReply,
  request: TraceRequest,
): Promise<void> {
  const { status, headers, body } = await resourceServer.traceResponse(request)
  // A time-out, say, may have answered already.
  if (hasBegun(reply)) return
  reply.status(status)
  for (const [name, value] of Object.entries(headers)) reply.header(name, value)
  if (reply.raw === undefined && reply.end !== undefined) reply.end(body)
  else reply.send(body)
}
