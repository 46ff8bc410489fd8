import process from 'node:process'

import { upgradeWebSocket } from 'hono/deno'

import { createConnectionsApp } from './connections-app.ts'
import type { Upgrade } from './connections-app.ts'

/** What is used of Deno. */
declare const Deno: {
  serve(
    options: { port: number; hostname: string; onListen: (address: { port: number }) => void },
    handler: (request: Request, info: object) => unknown,
  ): unknown
}

const write = (line: string): void => void process.stdout.write(`${line}\n`)
// A protocol that the client has not offered would fail its handshake.
const upgrade: Upgrade = (events) => {
  const [plain, withToken] = [upgradeWebSocket(events), upgradeWebSocket(events, { protocol: 'auth0-token' })]
  return (c, next) => (offersToken(c.req.header('sec-websocket-protocol')) ? withToken(c, next) : plain(c, next))
}
const offersToken = (offered = ''): boolean => offered.split(',').some((one) => one.trim() === 'auth0-token')

const app = createConnectionsApp(String(process.argv[2]), upgrade, write)
const onListen = ({ port }: { port: number }): void => write(`listening on http://127.0.0.1:${port}`)
Deno.serve({ port: 0, hostname: '127.0.0.1', onListen }, app.fetch)
process.stdin.resume().on('end', () => process.exit())
