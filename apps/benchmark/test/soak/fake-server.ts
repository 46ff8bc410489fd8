import { once } from 'node:events'
import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

import type { Server } from '../../src/soak/programs.js'

/** Stands for a sample API that listens on this port. */
export function server(port: number): Server {
  return {
    name: 'fake',
    port,
    origin: `http://localhost:${port}`,
    measure: () => Promise.reject(new Error('has no memory')),
    lastWords: () => '',
    ended: new Promise(() => undefined),
    stop: () => Promise.resolve(true),
  }
}

export interface FakeServer extends AsyncDisposable {
  readonly server: Server
}

/** A real socket with answers of the test's choice. */
export async function listen(answer: (request: IncomingMessage) => [number, object]): Promise<FakeServer> {
  const http = createServer((request: IncomingMessage, response: ServerResponse) => {
    const [status, body] = answer(request)
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  })
  http.listen(0, '127.0.0.1')
  await once(http, 'listening')
  return {
    server: server((http.address() as AddressInfo).port), // as: it listens on a TCP port
    async [Symbol.asyncDispose]() {
      http.closeAllConnections()
      http.close()
      await once(http, 'close')
    },
  }
}
