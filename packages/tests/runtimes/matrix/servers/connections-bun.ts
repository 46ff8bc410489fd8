import { upgradeWebSocket, websocket } from 'hono/bun'

import { createConnectionsApp } from './connections-app.ts'

/** What is used of Bun. */
declare const Bun: {
  serve(options: {
    port: number
    hostname: string
    fetch: (request: Request, server: object) => unknown
    websocket: object
  }): { port: number }
}

const write = (line: string): void => void process.stdout.write(`${line}\n`)
const app = createConnectionsApp(String(process.argv[2]), upgradeWebSocket, write)
const { port } = Bun.serve({ port: 0, hostname: '127.0.0.1', fetch: app.fetch, websocket })
write(`listening on http://127.0.0.1:${port}`)
process.stdin.resume().on('end', () => process.exit())
