import { asFault, EVENT_STREAM_HEADERS, openEventStream, webSocketTransport } from '@acme/auth-core'
import type {
  AuthConnection,
  ConnectionSocket,
  EventSink,
  EventStream,
  EventStreamOptions,
  OpenedEventStream,
  ResourceServer,
} from '@acme/auth-core'
import type { Context } from 'hono'
import type { WSContext, WSEvents } from 'hono/ws'

import type { Bound } from './guards.js'

/** The event of a handler of hono's, whose types name what only some runtimes have. */
type EventOf<Handler extends keyof WSEvents> = Parameters<NonNullable<WSEvents[Handler]>>[0]

/**
 * Handlers of `upgradeWebSocket`, which get the connection as well. Messages that renew it do not reach them. One that rejects has
 * its WebSocket closed with 1011, and is told on the console.
 */
export interface ConnectionEvents<Raw = unknown> {
  onOpen?(event: EventOf<'onOpen'>, ws: WSContext<Raw>, connection: AuthConnection): unknown
  onMessage?(event: EventOf<'onMessage'>, ws: WSContext<Raw>, connection: AuthConnection): unknown
  onClose?(event: EventOf<'onClose'>, ws: WSContext<Raw>, connection: AuthConnection): unknown
  onError?(event: EventOf<'onError'>, ws: WSContext<Raw>, connection: AuthConnection): unknown
}

/** WebSockets and streams of events behind guards. */
export interface HonoConnections {
  /**
   * Keeps a WebSocket authenticated, whose handshake a guard let through: it is closed when its token expires or is revoked.
   * For `upgradeWebSocket(auth.connection((c) => ({ onMessage(event, ws, connection) {} })))`, of whatever runtime.
   */
  readonly connection: <Raw = unknown>(
    createEvents: (c: Context) => ConnectionEvents<Raw> | Promise<ConnectionEvents<Raw>>,
  ) => (c: Context) => Promise<WSEvents<Raw>>
  /**
   * Answers with a stream of server-sent events, behind a guard: it ends when the token expires or is revoked.
   *
   * @param run - gets the stream, which stays open until it is closed. What it throws breaks it off, for the runtime to tell
   */
  readonly eventStream: (
    c: Context,
    run: (stream: EventStream) => unknown,
    options?: EventStreamOptions,
  ) => Promise<Response>
}

type Find = (c: Context) => Bound<ResourceServer> | Promise<Bound<ResourceServer>>

export function connectionsOf(find: Find): HonoConnections {
  return {
    connection: (createEvents) => async (c) => {
      const { resourceServer, requestOf } = await find(c)
      requireGuard(c)
      const seen = requestOf(c)
      const events = await createEvents(c)
      return keptEvents(events, (socket) => resourceServer.connection(seen, webSocketTransport(socket)))
    },
    eventStream: async (c, run, options) => {
      const { resourceServer, requestOf } = await find(c)
      requireGuard(c)
      const body = eventBody()
      const stream = openEventStream(body, (transport) => resourceServer.connection(requestOf(c), transport), options)
      body.onCancel(stream.ended)
      if (c.req.method === 'HEAD') stream.close()
      else void runOn(stream, body, run)
      return c.newResponse(body.readable, 200, EVENT_STREAM_HEADERS)
    },
  }
}

/** Before the handshake, where it can still be answered. */
function requireGuard(c: Context): void {
  if (c.get('auth') === undefined) throw new Error('no auth context: is the route guarded by requireAuth()?')
}

function keptEvents<Raw>(
  events: ConnectionEvents<Raw>,
  open: (socket: ConnectionSocket) => AuthConnection,
): WSEvents<Raw> {
  let connection: AuthConnection | undefined
  // Let go of with the first event: it holds the request.
  let opening: typeof open | undefined = open
  let over = false
  const end = (): void => {
    over = true
  }
  const opened = (ws: WSContext<Raw>): AuthConnection => {
    if (opening === undefined) throw new Error('the connection could not be opened')
    const first = opening
    opening = undefined
    return first(new HonoSocket(ws, end))
  }
  // By the first event: not every runtime tells that it is open.
  const connectionOn = (ws: WSContext<Raw>): AuthConnection => {
    try {
      connection ??= opened(ws)
      return connection
    } catch (fault) {
      ws.close(1011)
      throw asFault(fault)
    }
  }
  return {
    onOpen(event, ws) {
      const own = connectionOn(ws)
      settle(ws, () => events.onOpen?.(event, ws, own))
    },
    onMessage(event, ws) {
      const own = connectionOn(ws)
      // A client that goes on sending until the closing handshake is over is not heard: its token is not good any more.
      if (!over && !own.receive(event.data)) settle(ws, () => events.onMessage?.(event, ws, own))
    },
    onClose(event, ws) {
      over = true
      const own = connectionOn(ws)
      own.closed()
      settle(ws, () => events.onClose?.(event, ws, own))
    },
    onError(event, ws) {
      const own = connectionOn(ws)
      settle(ws, () => events.onError?.(event, ws, own))
    },
  }
}

/** What a handler throws is the runtime's to tell. A promise it does not look at: rejected, it would end the process. */
function settle(ws: WSContext, handler: () => unknown): void {
  Promise.resolve(handler()).catch((reason: unknown) => {
    // oxlint-disable-next-line no-console -- as the runtime tells what a handler throws
    console.error(reason)
    ws.close(1011)
  })
}

/** One for each connection, and small: a literal with a getter takes a table of its own. */
class HonoSocket implements ConnectionSocket {
  readonly #ws: WSContext
  readonly #end: () => void

  constructor(ws: WSContext, end: () => void) {
    this.#ws = ws
    this.#end = end
  }

  get bufferedAmount(): number | undefined {
    return this.#raw?.bufferedAmount
  }

  send(text: string): void {
    this.#ws.send(text)
  }

  close(code: number, reason: string): void {
    this.#end()
    this.#ws.close(code, reason)
  }

  terminate(): void {
    this.#raw?.terminate?.()
  }

  get #raw(): Pick<ConnectionSocket, 'bufferedAmount' | 'terminate'> | undefined {
    return this.#ws.raw as Pick<ConnectionSocket, 'bufferedAmount' | 'terminate'> | undefined // where the runtime has such
  }
}

interface EventBody extends EventSink {
  readonly readable: ReadableStream<Uint8Array>
  readonly onCancel: (listener: () => void) => void
  readonly fail: (reason: Error) => void
}

/** What the runtime takes from it as fast as the client reads. */
function eventBody(): EventBody {
  const encoder = new TextEncoder()
  let cancelled = (): void => undefined
  let controller: ReadableStreamDefaultController<Uint8Array> | undefined
  const source: UnderlyingDefaultSource<Uint8Array> = {
    start(one) {
      controller = one
    },
    cancel: () => cancelled(),
  }
  const readable = new ReadableStream(source, new ByteLengthQueuingStrategy({ highWaterMark: 0 }))
  return {
    readable,
    write: (text) => controller?.enqueue(encoder.encode(text)),
    end: () => controller?.close(),
    abort: () => controller?.error(new Error('the client does not read')),
    fail: (reason) => controller?.error(reason),
    get unsent() {
      return -(controller?.desiredSize ?? 0)
    },
    onCancel(listener) {
      cancelled = listener
    },
  }
}

/** A function that fails breaks its stream off: the runtime tells of it. */
async function runOn(stream: OpenedEventStream, body: EventBody, run: (stream: EventStream) => unknown): Promise<void> {
  try {
    await run(stream)
  } catch (reason) {
    stream.ended()
    body.fail(asFault(reason))
  }
}
