import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'

/** Of a server that listens. */
export function originOf(server: Server): string {
  const { address, family, port } = server.address() as AddressInfo // as: it listens on a TCP port
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`
}
