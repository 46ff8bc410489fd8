import { WsAdapter } from '@nestjs/platform-ws'
import { ConnectedSocket, MessageBody, SubscribeMessage, WebSocketGateway } from '@nestjs/websockets'
import { answerFrame, answerNeed, helloOf } from '@acme/tests-connections'
import type { ConnectionDriver } from '@acme/tests-connections'
import type { WebSocket } from 'ws'

import { Connection, connectionOf, OptionalAuth, RequireAuth } from '../../src/index.js'
import type { AuthConnection } from '../../src/index.js'
import type { Platform } from '../serve.js'
import { startApplication } from './application.js'

/** What is no event of Nest's is sent back as it came. */
function greet(client: WebSocket): void {
  const connection = connectionOf(client)
  if (connection === undefined) throw new Error('no connection')
  client.send(JSON.stringify({ event: 'hello', data: helloOf(connection) }))
  client.on('message', (data: Buffer, isBinary) => {
    const frame = isBinary ? new Uint8Array(data) : data.toString()
    if (!isEvent(frame)) void answerFrame(connection, frame, (answer) => client.send(answer))
  })
}

function isEvent(frame: string | Uint8Array): boolean {
  try {
    return typeof frame === 'string' && typeof (JSON.parse(frame) as { event?: unknown }).event === 'string' // or it throws
  } catch {
    return false
  }
}

@WebSocketGateway({ path: '/connect' })
@RequireAuth('read:x')
class GuardedGateway {
  handleConnection(client: WebSocket): void {
    greet(client)
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
  handleConnection(@ConnectedSocket() client: WebSocket): void {
    greet(client)
  }
}

/** Gateways on `ws`. */
export const wsGateways = (platform: Platform): ConnectionDriver => ({
  transport: 'ws',
  start: (options) =>
    startApplication(
      platform,
      options,
      { providers: [GuardedGateway, OpenGateway] },
      (app) => void app.useWebSocketAdapter(new WsAdapter(app)),
    ),
})
