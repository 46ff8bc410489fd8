import type { AuthConnection } from '@acme/auth-core'
import type { MessageEvent } from '@nestjs/common'
import { Observable, ReplaySubject } from 'rxjs'

import { ask, member } from '../object.js'
import { openerOf } from './kept.js'

/** What the resource server tells the client of a stream. */
interface OwnEvents {
  readonly events: ReplaySubject<MessageEvent>
  isTaken: boolean
}

/** Seconds for a client to read what was left to send. */
const CLOSING_TIME = 2

const streams = new WeakMap<AuthConnection, OwnEvents>()
const opened = new WeakMap<object, AuthConnection>()

/** The connection of a request that is answered by a stream of events; undefined where no guard let it through. */
export function httpConnection(request: object, response: object): AuthConnection | undefined {
  const open = openerOf(request)
  if (open === undefined) return undefined
  const known = opened.get(request)
  if (known !== undefined) return known
  const raw = member(response, 'raw') ?? response
  const own: OwnEvents = { events: new ReplaySubject(), isTaken: false }
  const connection = open({
    send: (type, data) => own.events.next({ type, data }),
    close: () => {
      own.events.complete()
      // Nobody would end the answer.
      if (!own.isTaken) ask(raw, 'destroy')
      // Nest ends it when the client has read what waits, which may be never.
      else cutOff(raw)
    },
  })
  streams.set(connection, own)
  opened.set(request, connection)
  // Whoever has gone already is told of by no event.
  if (member(raw, 'destroyed') === true) connection.closed()
  else ask(raw, 'once', 'close', () => connection.closed())
  return connection
}

function cutOff(response: object): void {
  const timer = setTimeout(() => ask(response, 'destroy'), CLOSING_TIME * 1000).unref()
  ask(response, 'once', 'close', () => clearTimeout(timer))
}

/**
 * What an `@Sse()` route answers with: the events of the application, and `auth0.opened`, `auth0.renewed` and
 * `auth0.closing` among them, with which the stream ends. Renewed with a new request: a stream takes no messages.
 *
 * @param connection - by the decorator `@Connection()` of the route's parameter
 * @throws {TypeError} for a connection that is not of such a route
 * @example
 * ```ts
 * import { Connection, eventStream, RequireAuth } from '@acme/auth-nestjs'
 * import type { AuthConnection } from '@acme/auth-nestjs'
 * import { Controller, Sse } from '@nestjs/common'
 * import type { MessageEvent } from '@nestjs/common'
 * import { interval, map } from 'rxjs'
 * import type { Observable } from 'rxjs'
 *
 * @Controller()
 * export class EventsController {
 *   @Sse('events')
 *   @RequireAuth('read:messages')
 *   events(@Connection() connection: AuthConnection): Observable<MessageEvent> {
 *     return eventStream(connection, interval(1000).pipe(map((count) => ({ data: { count } }))))
 *   }
 * }
 * ```
 */
export function eventStream(
  connection: AuthConnection | undefined,
  events: Observable<MessageEvent>,
): Observable<MessageEvent> {
  const own = connection && streams.get(connection)
  if (connection === undefined || own === undefined) {
    throw new TypeError(
      'eventStream: got no connection of a stream of events, want @Connection() of a guarded @Sse() route, with the option connections of Auth0Module',
    )
  }
  own.isTaken = true
  return new Observable((subscriber) => {
    subscriber.add(() => connection.closed())
    subscriber.add(own.events.subscribe(subscriber))
    if (!subscriber.closed) subscriber.add(events.subscribe(subscriber))
  })
}
