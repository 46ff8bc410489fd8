import { Controller, Sse } from '@nestjs/common'
import type { MessageEvent } from '@nestjs/common'
import { describeConnections, helloOf } from '@acme/tests-connections'
import { concat, NEVER, of } from 'rxjs'
import type { Observable } from 'rxjs'
import { describe } from 'vitest'

import { Connection, eventStream, OptionalAuth, RequireAuth } from '../../src/index.js'
import type { AuthConnection } from '../../src/index.js'
import { platforms } from '../serve.js'
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

describe.each(platforms)('streams of events, on %s', (platform) => {
  describeConnections({
    transport: 'sse',
    start: (options) => startApplication(platform, options, { controllers: [EventsController] }),
  })
})
