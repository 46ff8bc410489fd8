import type { AuthOptions } from '@acme/auth-core'

import { handshakeText, streamText } from './raw.js'
import type { Header } from './raw.js'

/**
 * A server of one adapter with one transport, which the contract holds to the cases.
 *
 * It serves, on loopback:
 *
 * - `GET /connect` (or `paths.connect`), guarded by `requireAuth('read:x')`: a WebSocket, a Socket.IO, or an event stream.
 *   When it is open the application sends the event `hello` with {@link helloOf}. Where clients can send messages:
 *   `echo` is answered by `echo` with the same data, and `need` with text by `need` with {@link answerNeed}.
 *   By WebSocket a message is the text `{"event":"…","data":…}`; what is no such text, and whatever is binary, is sent back
 *   as it came, unless the driver lacks `frames`.
 * - `GET /open` (or `paths.open`): the same with `optionalAuth()`, unless the driver lacks `anonymous`.
 * - `POST /ticket?path=…`, guarded by `requireAuth()`: answers the JSON of `issueTicket(auth, { path, origin })`, with the
 *   `path` of the query and the header `Origin`.
 * - `GET /plain`, guarded by `requireAuth('read:x')`: answers 200.
 *
 * `X-Request-Id` of a request is its correlation id.
 */
export interface ConnectionDriver {
  readonly transport: 'ws' | 'socket.io' | 'sse'
  /** What it lacks beside what its transport does, such as bodies of refusals. @defaultValue nothing */
  readonly lacks?: readonly Capability[]
  /** Where the connection is served. @defaultValue `/connect` and `/open`; for Socket.IO `/socket.io/` for both */
  readonly paths?: { readonly connect?: string; readonly open?: string }
  /** @param options - for `createAuth`, the plugin or the module, as they are */
  start(options: AuthOptions): Promise<ConnectionServer>
}

/** A server that listens on 127.0.0.1. */
export interface ConnectionServer {
  readonly port: number
  /** What the framework has logged. @defaultValue nothing */
  readonly log?: () => string
  /** Ends it, with its open connections. */
  close(): Promise<void>
}

/** What not every transport or framework can do. */
export type Capability =
  /** Clients send messages: they renew, and messages are held against requirements. */
  | 'messages'
  /** Frames that are not ours reach the application as they came, those before the answer to the handshake too. */
  | 'frames'
  /** Tokens come as a subprotocol. */
  | 'subprotocol'
  /** Connections are closed with a code and a reason. */
  | 'close-code'
  /** A refusal has its JSON body. */
  | 'refusal-body'
  /** Guards that let anonymous callers pass. */
  | 'anonymous'
  /** The server has the clock of the test. */
  | 'clock'
  /** Frames that come with the handshake, before it is answered, reach the application. */
  | 'early-frames'
  /** What the server says last arrives, though the client goes on sending. */
  | 'last-words'
  /** Handshakes that are none of RFC 6455 get a 4xx. */
  | 'bad-handshakes'
  /** Subprotocols may come without spaces after the commas, as `ws` sends them, and browsers do not. */
  | 'tight-lists'

const ALL: readonly Capability[] = [
  'messages',
  'frames',
  'subprotocol',
  'close-code',
  'refusal-body',
  'anonymous',
  'clock',
  'early-frames',
  'last-words',
  'bad-handshakes',
  'tight-lists',
]

const LACKS: Readonly<Record<ConnectionDriver['transport'], readonly Capability[]>> = {
  ws: [],
  // Frames are Engine.IO's, and it closes them in its own way.
  'socket.io': ['frames', 'close-code'],
  sse: ['messages', 'frames', 'subprotocol', 'close-code'],
}

export function capabilitiesOf({ transport, lacks = [] }: ConnectionDriver): ReadonlySet<Capability> {
  const missing = new Set([...LACKS[transport], ...lacks])
  return new Set(ALL.filter((one) => !missing.has(one)))
}

/** The target of a handshake, without the query that is the caller's. */
export function targetOf({ transport, paths = {} }: ConnectionDriver, what: 'connect' | 'open' = 'connect'): string {
  if (transport === 'socket.io') return paths[what] ?? '/socket.io/'
  return paths[what] ?? `/${what}`
}

/** The request that opens a connection, as text, for sockets of one's own. */
export function requestTextOf(driver: ConnectionDriver, port: number, headers: readonly Header[]): string {
  if (driver.transport === 'sse') return streamText(port, targetOf(driver), headers)
  const query = driver.transport === 'socket.io' ? '?EIO=4&transport=websocket' : ''
  return handshakeText(port, targetOf(driver) + query, headers)
}
