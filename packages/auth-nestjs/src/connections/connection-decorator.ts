import type { AuthConnection } from '@acme/auth-core'
import { createParamDecorator } from '@nestjs/common'
import type { ExecutionContext } from '@nestjs/common'

import { defaultRequest } from '../transport.js'
import { httpConnection } from './event-stream.js'
import { connectionOf, connectionOfCall } from './kept.js'

/**
 * A handler's parameter: the {@link AuthConnection} that its call came by, with the option `connections`. Of a gateway's
 * client; of a GraphQL subscription; of an `@Sse()` route, whose events are then to go through `eventStream`. Undefined
 * where nobody guards the gateway's class, or the route.
 * @example
 * ```ts
 * import { Connection, RequireAuth } from '@acme/auth-nestjs'
 * import type { AuthConnection } from '@acme/auth-nestjs'
 * import { SubscribeMessage, WebSocketGateway } from '@nestjs/websockets'
 *
 * @WebSocketGateway({ path: '/ws' })
 * @RequireAuth('read:messages')
 * export class MessagesGateway {
 *   @SubscribeMessage('subscribe')
 *   async subscribe(@Connection() connection: AuthConnection) {
 *     const auth = await connection.require({ scopes: 'read:rooms' })
 *     return { event: 'subscribed', data: auth.subject }
 *   }
 * }
 * ```
 */
export const Connection: () => ParameterDecorator = createParamDecorator(
  (_data: unknown, context: ExecutionContext): AuthConnection | undefined => {
    switch (context.getType<string>()) {
      case 'http': {
        const http = context.switchToHttp()
        return httpConnection(http.getRequest<object>(), http.getResponse<object>())
      }
      case 'ws':
        return connectionOf(context.switchToWs().getClient<object>())
      default: {
        const request = defaultRequest(context)
        return request && connectionOfCall(context, request)
      }
    }
  },
)
