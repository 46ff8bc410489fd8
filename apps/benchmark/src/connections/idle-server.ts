// Holds idle WebSockets, and tells what they take: `bare`, `guarded`, or `ours`, kept authenticated.
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

import { memoryRevocations } from '@acme/auth-core'
import { createAuth, getAuth } from '@acme/auth-express'
import type { ExpressAuth } from '@acme/auth-express'
import { acceptUpgrades, selectSubprotocol, webSocket } from '@acme/auth-express/websocket'
import express from 'express'
import { WebSocketServer } from 'ws'
import type { WebSocket } from 'ws'

/** What an idle server is asked: garbage is collected first. */
export interface IdleTold {
  readonly bytes: number
  readonly open: number
}

const { ISSUER = '', AUDIENCE = '', KIND = 'ours' } = process.env
const auth = createAuth({ issuer: ISSUER, audience: AUDIENCE, revocation: memoryRevocations(), connections: {} })
const sockets = new WebSocketServer({ noServer: true, handleProtocols: selectSubprotocol, perMessageDeflate: false })
const app = express()
const refuse = async (): Promise<never> => Promise.reject(new Error('there is no connection'))
const nothing = { receive: () => false, closed: () => undefined, require: refuse, renew: refuse }
// What an application would do without: it remembers who is connected.
const guarded: Pick<ExpressAuth, 'connection'> = {
  connection(request, socket) {
    bare(socket as WebSocket) // as: of the server above
    return { auth: getAuth(request), ...nothing }
  },
}
app.get(
  '/',
  auth.requireAuth('read:x'),
  webSocket(KIND === 'guarded' ? guarded : auth, sockets, (socket, _request, connection) => {
    socket.on('message', (data) => connection.receive(data))
  }),
)
const server = createServer(app)
if (KIND === 'bare') server.on('upgrade', (request, socket, head) => sockets.handleUpgrade(request, socket, head, bare))
else acceptUpgrades(server, app)

/** The same listeners as those of an application, and the first message. */
function bare(socket: WebSocket): void {
  socket.on('message', () => undefined).on('error', () => undefined)
  socket.on('close', () => undefined)
  socket.send(JSON.stringify({ event: 'auth0.opened', data: { expires_in: 3600 } }))
}

await once(server.listen(0, '127.0.0.1', 4096), 'listening')
process.on('disconnect', () => process.exit(0))
process.on('message', () => void tell())
process.send?.((server.address() as AddressInfo).port) // it listens on TCP

async function tell(): Promise<void> {
  // What was queued for the next turn of the event loop holds garbage.
  for (let turn = 0; turn < 3; turn++) {
    await new Promise((resolve) => setTimeout(resolve, 100))
    globalThis.gc?.()
  }
  const { heapUsed, external } = process.memoryUsage()
  const told: IdleTold = { bytes: heapUsed + external, open: sockets.clients.size }
  process.send?.(told)
}
