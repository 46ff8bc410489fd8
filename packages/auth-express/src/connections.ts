import { frameworkResourceRequest, nodeEventStream, webSocketConnection } from '@acme/auth-core/node'
import type { AuthConnection, EventStream, EventStreamOptions, ResourceServer } from '@acme/auth-core'
import type { NodeWebSocket } from '@acme/auth-core/node'
import type { Request, Response } from 'express'

import { EXPRESS } from './guard.js'

export function keepConnection<Params>(
  resourceServer: ResourceServer,
  request: Request<Params>,
  socket: NodeWebSocket,
): AuthConnection {
  const seen = frameworkResourceRequest(request, EXPRESS)
  return webSocketConnection(socket, (transport) => resourceServer.connection(seen, transport))
}

export function eventStreamOf<Params>(
  resourceServer: ResourceServer,
  request: Request<Params>,
  response: Response,
  options: EventStreamOptions | undefined,
): EventStream {
  const seen = frameworkResourceRequest(request, EXPRESS)
  return nodeEventStream(response, (transport) => resourceServer.connection(seen, transport), options)
}
