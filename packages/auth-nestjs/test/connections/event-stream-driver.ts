import { Controller, Sse } from '@nestjs/common'
import type { MessageEvent } from '@nestjs/common'
import { helloOf } from '@acme/tests-connections'
import type { ConnectionDriver } from '@acme/tests-connections'
import { concat, NEVER, of } from 'rxjs'
import type { Observable } from 'rxjs'

import { Connection, eventStream, OptionalAuth, RequireAuth } from '../../src/index.js'
import type { AuthConnection } from '../../src/index.js'
import type { Platform } from '../serve.js'
import { startApplication } from './application.js'

@Controller()
class EventsController {
  @Sse('connect') @RequireAuth('read:x') connect(@Connection() connection: AuthConnection): Observable<MessageEvent> {
    return greeting(connection)
  }
  @Sse('open') @OptionalAuth() open(@Connection() connection: AuthConnection): Observable<MessageEvent> {
    return greeting(connection)
  }
}

function greeting(connection: AuthConnection): Observable<MessageEvent> {
  return eventStream(connection, concat(of({ type: 'hello', data: helloOf(connection) }), NEVER))
}

/** Streams of events, by `@Sse()`. */
export const eventStreams = (platform: Platform): ConnectionDriver => ({
  transport: 'sse',
  start: (options) => startApplication(platform, options, { controllers: [EventsController] }),
})
