import type { AuthConnection, ConnectionTransport } from '../connections/connection-types.js'
import { EVENT_STREAM_HEADERS, openEventStream } from '../connections/event-stream.js'
import type { EventStream, EventStreamOptions } from '../connections/event-stream.js'
import { laterOn } from '../util/timers.js'

/** The part of Node's `ServerResponse` that is used here, over HTTP/1.1 or HTTP/2. */
export interface NodeStreamResponse {
  readonly req?: { readonly method?: string | undefined } | undefined
  readonly headersSent: boolean
  readonly writableLength: number
  statusCode: number
  setHeader(name: string, value: string): unknown
  flushHeaders?(): void
  write(text: string): unknown
  end(): unknown
  destroy(): unknown
  on(event: 'close' | 'error', listener: () => void): unknown
}

/** Seconds after which a client that does not read what was left to send is cut off. */
const CLOSING_TIME = 2

/**
 * Opens a stream of events on a response of Node, with the headers that are set there already. For adapters.
 *
 * @example
 * ```ts
 * import type { ServerResponse } from 'node:http'
 *
 * import { nodeEventStream } from '@acme/auth-core/node'
 * import type { EventStream, ResourceRequest, ResourceServer } from '@acme/auth-core'
 *
 * export function stream(server: ResourceServer, request: ResourceRequest, response: ServerResponse): EventStream {
 *   return nodeEventStream(response, (transport) => server.connection(request, transport))
 * }
 * ```
 */
export function nodeEventStream(
  response: NodeStreamResponse,
  open: (transport: ConnectionTransport) => AuthConnection,
  options?: EventStreamOptions,
): EventStream {
  // The head goes with the first event: what fails before that is a fault, which the application answers.
  const start = (): void => {
    if (!response.headersSent) begin(response)
  }
  const sink = {
    write(text: string) {
      start()
      response.write(text)
    },
    end() {
      start()
      response.end()
      laterOn(CLOSING_TIME, () => response.destroy())
    },
    abort: () => void response.destroy(),
    get unsent() {
      return response.writableLength
    },
  }
  const stream = openEventStream(sink, open, options)
  response.on('close', stream.ended)
  response.on('error', stream.ended)
  // A stream has no end, and an answer to HEAD no content (RFC 9110 §9.3.2).
  if (response.req?.method === 'HEAD') stream.close()
  return stream
}

function begin(response: NodeStreamResponse): void {
  response.statusCode = 200
  for (const [name, value] of Object.entries(EVENT_STREAM_HEADERS)) response.setHeader(name, value)
  response.flushHeaders?.()
}
