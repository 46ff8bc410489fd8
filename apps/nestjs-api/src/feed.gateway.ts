import { Connection, isAuthError, RequireAuth } from '@acme/auth-nestjs'
import type { AuthConnection } from '@acme/auth-nestjs'
import { listenToFeed, policies, say } from '@acme/sample-api'
import type { OnModuleDestroy } from '@nestjs/common'
import { MessageBody, SubscribeMessage, WebSocketGateway } from '@nestjs/websockets'
import type { OnGatewayConnection, OnGatewayDisconnect } from '@nestjs/websockets'
import type { WebSocket } from 'ws'

/** What a client that does not read may leave unsent, before it misses what is said. */
const MAX_UNSENT = 65_536 // bytes

const MAX_MESSAGE = 65_536 // bytes

/** `{ "event": "say", "data": "hello" }` is for everybody. Handshakes are refused as requests are, by the class' decorator. */
@RequireAuth(policies.messages)
@WebSocketGateway({ path: '/ws', maxPayload: MAX_MESSAGE })
export class FeedGateway implements OnGatewayConnection, OnGatewayDisconnect, OnModuleDestroy {
  readonly #clients = new Map<WebSocket, () => void>()

  handleConnection(client: WebSocket): void {
    const leave = listenToFeed((data) => {
      if (client.bufferedAmount <= MAX_UNSENT) client.send(JSON.stringify({ event: 'said', data }))
    })
    this.#clients.set(client, leave)
  }

  handleDisconnect(client: WebSocket): void {
    this.#clients.get(client)?.()
    this.#clients.delete(client)
  }

  /** It takes more than to listen, by the last token of the connection. */
  @SubscribeMessage('say')
  async say(@MessageBody() text: unknown, @Connection() connection: AuthConnection): Promise<object | undefined> {
    if (typeof text !== 'string') return undefined
    try {
      await say(connection, text)
      return undefined
    } catch (error) {
      return { event: 'refused', data: isAuthError(error) ? error.toJSON() : { error: 'server_error' } }
    }
  }

  /** GraphQL's server would wait for them at the end, for ten seconds. */
  onModuleDestroy(): void {
    for (const client of this.#clients.keys()) client.close(GOING_AWAY)
  }
}

// RFC 6455 §7.4.1.
const GOING_AWAY = 1001
