import { EventEmitter } from 'node:events'
import type { IncomingMessage, Server } from 'node:http'

import type { INestApplication } from '@nestjs/common'
import { WsAdapter } from '@nestjs/platform-ws'

import { GRAPHQL_PATH } from './graphql.js'

/**
 * Gateways, beside subscriptions of GraphQL. Nest's adapter cuts off whoever asks for a path that none of its gateways has,
 * and so it is not told of those that GraphQL's own server answers: all that begin with its path.
 */
export function gatewaysBesideGraphql(app: INestApplication): WsAdapter {
  const others = new EventEmitter()
  const server = app.getHttpServer() as Server
  server.on('upgrade', (request: IncomingMessage, ...rest: unknown[]) => {
    if (request.url?.startsWith(GRAPHQL_PATH) !== true) others.emit('upgrade', request, ...rest)
  })
  return new WsAdapter(others)
}
