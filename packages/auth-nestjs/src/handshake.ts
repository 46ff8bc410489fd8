import type { CredentialsRequest } from './call.js'
import { isObject, member } from './object.js'

// Those of `ws`, whose clients have no request.
const handshakes = new WeakMap<object, CredentialsRequest>()

/** The request of a gateway's client: of socket.io, or of `ws` where the gateway or {@link rememberHandshake} has kept it. */
export function handshakeOf(client: object): CredentialsRequest | undefined {
  const kept = member(client, 'request') ?? member(client, 'upgradeReq') ?? handshakes.get(client)
  return isObject(kept) ? kept : undefined
}

/** Keeps the request of a client's handshake, for as long as the client is there. */
export function rememberHandshake(client: object, request: CredentialsRequest): void {
  handshakes.set(client, request)
}
