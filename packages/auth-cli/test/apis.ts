import { once } from 'node:events'
import { createServer } from 'node:http'
import type { RequestListener, Server } from 'node:http'
import type { AddressInfo } from 'node:net'

import { createAuth, getAuth } from '@acme/auth-express'
import type { AuthOptions, ExpressAuth } from '@acme/auth-express'
import express from 'express'
import type { Express } from 'express'

/** A server on loopback. */
export interface Running {
  readonly port: number
  readonly origin: string
  close(): Promise<void>
}

export async function listen(listener: RequestListener): Promise<Running> {
  const server: Server = createServer(listener)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo // a TCP server has no other
  return {
    port,
    origin: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

/** An API on Express with a guarded `/me`, and what a test puts before and behind the guard. */
export function startApi(
  options: AuthOptions,
  prepare: (app: Express, auth: ExpressAuth) => void = () => undefined,
): Promise<Running> {
  const auth = createAuth({ onEvent: () => undefined, ...options })
  const app = express()
  prepare(app, auth)
  app.use(auth.requireAuth())
  app.get('/me', (request, response) => void response.json({ sub: getAuth(request).subject }))
  return listen(app)
}
