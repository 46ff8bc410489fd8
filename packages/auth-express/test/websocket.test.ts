import { once } from 'node:events'
import { connect } from 'node:net'
import type { AddressInfo } from 'node:net'

import { createTestIssuer } from '@acme/auth-testing'
import type { TestIssuer } from '@acme/auth-testing'
import { headerOf, rawAnswer, rawHandshake } from '@acme/tests-connections'
import type { Express } from 'express'
import { expect, it, onTestFinished } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'

import { routeCensus } from '../src/census.js'
import { createAuth } from '../src/index.js'
import type { AuthConnection, ExpressAuth } from '../src/index.js'
import { openApiPaths, secureOpenApi } from '../src/openapi.js'
import { acceptUpgrades, selectSubprotocol, webSocket } from '../src/websocket.js'
import { createApp } from './serve.js'

interface Setup {
  readonly issuer: TestIssuer
  readonly auth: ExpressAuth
  readonly app: Express
  readonly sockets: WebSocketServer
  readonly faults: unknown[]
}

async function createSetup(): Promise<Setup> {
  const issuer = await createTestIssuer()
  const auth = createAuth({ issuer: issuer.issuer, audience: issuer.audience, fetch: issuer.fetch, connections: {} })
  const sockets = new WebSocketServer({ noServer: true, handleProtocols: selectSubprotocol })
  return { issuer, auth, app: createApp(), sockets, faults: [] }
}

/** Serves the application, with its faults noted, for the rest of the test. */
async function serve({ app, sockets, faults }: Setup): Promise<number> {
  app.use((error: unknown, _request: unknown, response: { status(code: number): { end(): void } }, _next: unknown) => {
    faults.push(error)
    response.status(500).end()
  })
  const server = app.listen(0, '127.0.0.1')
  acceptUpgrades(server, app)
  await once(server, 'listening')
  onTestFinished(async () => {
    for (const client of sockets.clients) client.terminate()
    server.close()
    server.closeAllConnections()
    await once(server, 'close')
  })
  return (server.address() as AddressInfo).port // listens on TCP
}

async function bearer({ issuer }: Setup): Promise<readonly [string, string]> {
  return ['Authorization', `Bearer ${await issuer.accessToken()}`]
}

it('answers a plain request with 426, and the protocol to upgrade to', async () => {
  const setup = await createSetup()
  setup.app.get(
    '/ws',
    setup.auth.requireAuth(),
    webSocket(setup.auth, setup.sockets, () => undefined),
  )
  const port = await serve(setup)
  const [name, token] = await bearer(setup)
  const answer = await fetch(`http://127.0.0.1:${port}/ws`, { headers: { [name]: token } })
  expect([answer.status, answer.headers.get('upgrade')]).toEqual([426, 'websocket'])
  expect((await fetch(`http://127.0.0.1:${port}/ws`)).status).toBe(401)
})

it('answers a handshake for which there is no route with 404, and one with a body with 405', async () => {
  const setup = await createSetup()
  setup.app.post('/ws', setup.auth.optionalAuth(), (_request, response) => void response.end())
  const port = await serve(setup)
  const missing = await rawHandshake(port, '/elsewhere')
  expect([missing.status, headerOf(missing, 'connection')]).toEqual([404, 'close'])
  const lines = [
    'POST /ws HTTP/1.1',
    'Host: api.test',
    'Connection: Upgrade',
    'Upgrade: h2c',
    'Content-Length: 2',
    '',
    '{}',
  ]
  expect((await rawAnswer(port, lines.join('\r\n'))).status).toBe(405)
})

it('opens nothing without a guard', async () => {
  const setup = await createSetup()
  setup.app.get(
    '/ws',
    webSocket(setup.auth, setup.sockets, () => undefined),
  )
  const port = await serve(setup)
  expect((await rawHandshake(port, '/ws', [await bearer(setup)])).status).toBe(500)
  expect(String(setup.faults[0])).toContain('no auth context')
})

it.each([
  [
    'throws',
    () => {
      throw new Error('of the handler')
    },
  ],
  ['rejects', () => Promise.reject(new Error('of the handler'))],
] as const)('closes with 1011 where the handler %s, and tells the error handlers', async (_, handler) => {
  const setup = await createSetup()
  setup.app.get('/ws', setup.auth.requireAuth(), webSocket(setup.auth, setup.sockets, handler))
  const port = await serve(setup)
  const [, authorization] = await bearer(setup)
  const socket = new WebSocket(`ws://127.0.0.1:${port}/ws`, { headers: { authorization } })
  const [code] = (await once(socket, 'close')) as [number] // of ws
  expect([code, String(setup.faults)]).toEqual([1011, 'Error: of the handler'])
})

it('closes with 1011 a WebSocket that a guard of another resource server let through', async () => {
  const [setup, other] = [await createSetup(), await createSetup()]
  setup.app.get(
    '/ws',
    setup.auth.requireAuth(),
    webSocket(other.auth, setup.sockets, () => undefined),
  )
  const port = await serve(setup)
  const [, authorization] = await bearer(setup)
  const socket = new WebSocket(`ws://127.0.0.1:${port}/ws`, { headers: { authorization } })
  const [code] = (await once(socket, 'close')) as [number] // of ws
  expect(code).toBe(1011)
})

it('cuts off a client that takes the refusal and does not close', async () => {
  const setup = await createSetup()
  setup.app.get(
    '/ws',
    setup.auth.requireAuth(),
    webSocket(setup.auth, setup.sockets, () => undefined),
  )
  const port = await serve(setup)
  const client = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
  client.write('GET /ws HTTP/1.1\r\nHost: api.test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n')
  client.resume()
  await once(client, 'end')
  // What is written to a socket that is gone is answered by a reset.
  const writing = setInterval(() => client.write('x'), 100)
  await new Promise<void>((resolve) => client.on('error', () => undefined).on('close', () => resolve()))
  clearInterval(writing)
  expect(client.errored).toMatchObject({ code: expect.stringMatching(/^(EPIPE|ECONNRESET)$/) })
})

it('hears no message after the token has expired, of a client that does not close', async () => {
  const setup = await createSetup()
  const heard: string[] = []
  let connection: AuthConnection | undefined
  setup.app.get(
    '/ws',
    setup.auth.requireAuth(),
    webSocket(setup.auth, setup.sockets, (socket, _request, own) => {
      connection = own
      socket.on('message', (data: Buffer) => {
        if (!own.receive(data)) heard.push(data.toString())
      })
    }),
  )
  const port = await serve(setup)
  const authorization = `Bearer ${await setup.issuer.accessToken({ expiresIn: 2 })}`
  const socket = new WebSocket(`ws://127.0.0.1:${port}/ws`, { headers: { authorization } })
  socket.on('message', (data: Buffer) => {
    // As it is told of the end: the closing handshake waits for it.
    if (data.toString().includes('auth0.closing')) socket.send('too late')
  })
  await once(socket, 'close')
  expect([heard, connection?.auth?.subject]).toEqual([[], 'user-1'])
})

it('is a guarded route for the census and for OpenAPI', async () => {
  const { app, auth, sockets } = await createSetup()
  app.get(
    '/ws',
    auth.requireAuth('read:x'),
    webSocket(auth, sockets, () => undefined),
  )
  expect(routeCensus(app)).toMatchObject([{ method: 'GET', path: '/ws', access: 'guarded' }])
  const document = secureOpenApi(
    { openapi: '3.1.0', info: { title: 'x', version: '1' }, paths: openApiPaths(app) },
    app,
  )
  expect(document.paths['/ws']).toMatchObject({ get: { responses: { 401: {} } } })
})
