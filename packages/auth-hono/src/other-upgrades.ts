/** The part of a socket that is used here. */
interface UpgradingSocket {
  end(text: string): unknown
  destroy(): unknown
  on(event: 'error' | 'close', listener: () => void): unknown
}

interface UpgradingRequest {
  readonly method?: string | undefined
  readonly headers: { readonly upgrade?: string | undefined }
}

type Listener = (request: UpgradingRequest, socket: UpgradingSocket, head: unknown) => unknown

/** The part of an HTTP server of Node that is used here. */
export interface UpgradingServer {
  listeners(event: 'upgrade'): readonly unknown[]
  removeAllListeners(event: 'upgrade'): unknown
  on(event: 'upgrade', listener: Listener): unknown
}

/** Milliseconds for a client to take the answer and close. */
const CLOSING_TIME = 2000

/**
 * Refuses the handshakes of other protocols than WebSocket, which @hono/node-server neither answers nor closes: a client that
 * resets one would end the process. For the server of `serve()` with the option `websocket`, at once.
 *
 * @throws {TypeError} for a server without that option, and for one whose handshakes others answer as well
 * @example
 * ```ts
 * import type { Server } from 'node:http'
 *
 * import { refuseOtherUpgrades } from '@acme/auth-hono'
 *
 * export function started(server: Server): void {
 *   refuseOtherUpgrades(server)
 * }
 * ```
 */
export function refuseOtherUpgrades(server: UpgradingServer): void {
  const [own, ...others] = server.listeners('upgrade') as Listener[] // of that event
  if (own === undefined || others.length > 0) {
    throw new TypeError(
      'refuseOtherUpgrades: want the server of serve() with the option websocket, and no other listener',
    )
  }
  // In place of it and not beside it: @hono/node-server refuses nothing where somebody else listens too.
  server.removeAllListeners('upgrade')
  server.on('upgrade', (request, socket, head) => {
    // Before anything else: Node listens no longer.
    socket.on('error', () => socket.destroy())
    // Node reads no content of a request with the header Upgrade, and it would pass for a GET.
    if (request.method !== 'GET') return refuse(socket, '405 Method Not Allowed\r\nallow: GET')
    if (request.headers.upgrade?.toLowerCase() !== 'websocket') return refuse(socket, '400 Bad Request')
    own.call(server, request, socket, head)
  })
}

function refuse(socket: UpgradingSocket, answer: string): void {
  const timer = setTimeout(() => socket.destroy(), CLOSING_TIME)
  socket.on('close', () => clearTimeout(timer))
  socket.end(`HTTP/1.1 ${answer}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`)
}
