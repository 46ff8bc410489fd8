import { Connection, eventStream, RequireAuth } from '@acme/auth-nestjs'
import type { AuthConnection } from '@acme/auth-nestjs'
import { listenToFeed, policies } from '@acme/sample-api'
import { Controller, Get, Header, HttpCode, Sse } from '@nestjs/common'
import type { MessageEvent } from '@nestjs/common'
import { Observable } from 'rxjs'

@RequireAuth(policies.messages)
@Controller()
export class FeedController {
  /** What is said on WebSockets, for those who only listen. */
  @Sse('events')
  events(@Connection() connection: AuthConnection): Observable<MessageEvent> {
    const said = new Observable<MessageEvent>((subscriber) =>
      listenToFeed((data) => subscriber.next({ type: 'said', data })),
    )
    return eventStream(connection, said)
  }

  /**
   * Without a handshake, RFC 9110 §15.5.22: Nest would answer 404, since no controller has the path of a gateway, and the
   * OpenAPI document would not have it either.
   */
  @HttpCode(426)
  @Header('upgrade', 'websocket')
  @Header('connection', 'upgrade')
  @Get('ws')
  upgradeRequired(): object {
    return { error: 'upgrade_required' }
  }
}
