import type { CredentialsRequest } from './call.js'
import { isObject, member } from './object.js'

// Those of `ws` by their sockets, since its clients have no request; then by the clients, which lose the socket when closed.
const handshakes = new WeakMap<object, CredentialsRequest>()
const watched = new WeakSet<object>()

/** The request of a gateway's client: of socket.io, or of `ws` where the gateway or {@link watchHandshakes} has kept it. */
export function handshakeOf(client: object): CredentialsRequest | undefined {
  const kept = member(client, 'request') ?? member(client, 'upgradeReq') ?? handshakes.get(client)
  if (isObject(kept)) return kept
  const socket = member(client, '_socket')
  const request = isObject(socket) ? handshakes.get(socket) : undefined
  if (request !== undefined) handshakes.set(client, request)
  return request
}

/** What is used of Node's HTTP server. */
interface UpgradeServer {
  listenerCount(event: 'upgrade'): number
  prependListener(event: 'upgrade', listener: (request: object, socket: object) => void): unknown
}

/** Keeps the request of each handshake at an HTTP server, for as long as its connection is there. */
export function watchHandshakes(server: unknown): void {
  if (!isUpgradeServer(server) || watched.has(server)) return
  // Node takes an upgrade for a plain request where nobody listens, and leaves it to the listeners otherwise.
  if (server.listenerCount('upgrade') === 0) return
  watched.add(server)
  server.prependListener('upgrade', (request, socket) => handshakes.set(socket, request))
}

function isUpgradeServer(server: unknown): server is UpgradeServer {
  return (
    typeof member(server, 'prependListener') === 'function' && typeof member(server, 'listenerCount') === 'function'
  )
}
