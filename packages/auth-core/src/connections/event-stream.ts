import { every } from '../util/timers.js'
import type { AuthConnection, ConnectionTransport } from './connection-types.js'

/** A stream of server-sent events (HTML, "Server-sent events") that stays authenticated. */
export interface EventStream {
  readonly connection: AuthConnection
  /** Aborted when the stream is over, whoever ended it. */
  readonly signal: AbortSignal
  /**
   * Sends an event: text as it is, anything else as JSON. Line breaks in `data` arrive as such; those in the name or the id
   * are left out, so that nothing begins an event but this.
   * @returns false when the stream is over, as it is for a client that does not read: more than 1 MiB wait for it
   */
  readonly send: (event: string, data: unknown, id?: string) => boolean
  readonly close: () => void
}

export interface EventStreamOptions {
  /** Seconds between comments that keep proxies from closing a stream where nothing happens; false: none. @defaultValue 15 */
  readonly heartbeat?: number | false | undefined
}

/** Where a stream goes. */
export interface EventSink {
  write(text: string): void
  end(): void
  /** Ends it at once, without what waits. */
  abort(): void
  /** Bytes that the client has not taken yet. */
  readonly unsent: number
}

/** A stream, and what its adapter tells it. */
export interface OpenedEventStream extends EventStream {
  /** To be called when the response is over. */
  readonly ended: () => void
}

/** Headers of a stream: kept and changed by nobody on the way, and buffered neither by nginx nor by `compression`. */
export const EVENT_STREAM_HEADERS: Readonly<Record<string, string>> = {
  'content-type': 'text/event-stream',
  'cache-control': 'no-store, no-transform',
  'x-accel-buffering': 'no',
}

const MAX_UNSENT = 1_048_576 // bytes
const HEARTBEAT = 15

/**
 * Opens a stream. For adapters.
 *
 * @param open - makes the connection: `(transport) => resourceServer.connection(request, transport)`
 * @throws {TypeError} for a heartbeat that is none; what `open` throws
 * @example
 * ```ts
 * import { openEventStream } from '@acme/auth-core'
 * import type { EventStream, ResourceRequest, ResourceServer } from '@acme/auth-core'
 *
 * export function streamTo(lines: string[], server: ResourceServer, request: ResourceRequest): EventStream {
 *   const sink = { write: (text: string) => void lines.push(text), end: () => undefined, abort: () => undefined, unsent: 0 }
 *   return openEventStream(sink, (transport) => server.connection(request, transport))
 * }
 * ```
 */
export function openEventStream(
  sink: EventSink,
  open: (transport: ConnectionTransport) => AuthConnection,
  { heartbeat = HEARTBEAT }: EventStreamOptions = {},
): OpenedEventStream {
  requireSeconds(heartbeat)
  const over = new AbortController()
  let stop = (): void => undefined
  let connection: AuthConnection | undefined
  const finish = (end?: () => void): void => {
    if (over.signal.aborted) return
    stop()
    end?.()
    over.abort()
    connection?.closed()
  }
  const write = (text: string): boolean => {
    if (sink.unsent > MAX_UNSENT) finish(() => sink.abort())
    if (over.signal.aborted) return false
    sink.write(text)
    return true
  }
  const send: EventStream['send'] = (event, data, id) => write(eventText(event, data, id))
  const close = (): void => finish(() => sink.end())
  const opened = open({ send, close })
  connection = opened
  // Its token may have expired by now.
  if (over.signal.aborted) opened.closed()
  else if (heartbeat !== false) stop = every(heartbeat, () => write(':\n\n'))
  return { connection: opened, signal: over.signal, send, close, ended: () => finish() }
}

function requireSeconds(heartbeat: unknown): void {
  if (heartbeat === false || (typeof heartbeat === 'number' && heartbeat > 0 && heartbeat <= 3600)) return
  throw new TypeError(`heartbeat: got ${String(heartbeat)}, want seconds, 3600 at most, or false`)
}

/** HTML, "Parsing an event stream": lines end with CR, LF or both, and a name or an id has one line. */
function eventText(event: string, data: unknown, id: string | undefined): string {
  // JSON has no word for undefined and functions.
  const text = typeof data === 'string' ? data : ((JSON.stringify(data) as string | undefined) ?? '')
  const lines = text.split(/\r\n|\r|\n/).map((line) => `data: ${line}\n`)
  const named = id === undefined ? '' : `id: ${oneLine(id)}\n`
  return `event: ${oneLine(event)}\n${named}${lines.join('')}\n`
}

/** Neither line breaks, nor NUL, with which an id is ignored. */
function oneLine(text: string): string {
  return text.replaceAll(/[\r\n\0]/g, '')
}
