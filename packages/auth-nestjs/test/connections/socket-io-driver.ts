import { IoAdapter } from '@nestjs/platform-socket.io'
import { MessageBody, SubscribeMessage, WebSocketGateway } from '@nestjs/websockets'
import { answerNeed, helloOf } from '@acme/tests-connections'
import type { ConnectionDriver } from '@acme/tests-connections'

import { Connection, connectionOf, OptionalAuth, RequireAuth } from '../../src/index.js'
import type { AuthConnection } from '../../src/index.js'
import type { Platform } from '../serve.js'
import { startApplication } from './application.js'

interface Client {
  emit(event: string, data: unknown): void
}

@WebSocketGateway({ path: '/connect' })
@RequireAuth('read:x')
class GuardedGateway {
  handleConnection(client: Client): void {
    const connection = connectionOf(client)
    if (connection !== undefined) client.emit('hello', helloOf(connection))
  }
  @SubscribeMessage('echo') echo(@MessageBody() data: unknown): object {
    return { event: 'echo', data }
  }
  @SubscribeMessage('need') async need(
    @MessageBody() scope: unknown,
    @Connection() connection: AuthConnection,
  ): Promise<object> {
    return { event: 'need', data: await answerNeed(connection, scope) }
  }
}

@WebSocketGateway({ path: '/open' })
@OptionalAuth()
class OpenGateway {
  handleConnection(client: Client): void {
    const connection = connectionOf(client)
    if (connection !== undefined) client.emit('hello', helloOf(connection))
  }
}

/** Gateways on socket.io. */
export const socketIoGateways = (platform: Platform): ConnectionDriver => ({
  transport: 'socket.io',
  paths: { connect: '/connect/', open: '/open/' },
  start: (options) =>
    startApplication(
      platform,
      options,
      { providers: [GuardedGateway, OpenGateway] },
      (app) => void app.useWebSocketAdapter(new IoAdapter(app)),
    ),
})
