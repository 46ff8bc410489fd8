import { ServerResponse } from 'node:http'
import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'

import type { FastifyInstance } from 'fastify'

/**
 * Drops handshakes that come before the answer to a request on the same connection (RFC 9112 §9.3.2). @fastify/websocket can make
 * no response for them, and would leave the socket open for ever, read by nobody. To be called when all plugins are there.
 */
export function dropPipelinedHandshakes({ server }: Pick<FastifyInstance, 'server'>): void {
  // Where nobody listens Node answers as if there were no handshake, which a listener would end.
  if (server.listenerCount('upgrade') > 0) server.prependListener('upgrade', dropPipelined)
}

function dropPipelined(request: IncomingMessage, socket: Socket): void {
  const response = new ServerResponse(request)
  try {
    response.assignSocket(socket)
    response.detachSocket(socket)
  } catch {
    socket.destroy()
  }
}
