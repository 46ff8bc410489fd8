import { once } from 'node:events'
import { createServer } from 'node:http'

import { createTestIssuer } from '@acme/auth-testing'
import { headerOf, rawAnswer, rawHandshake } from '@acme/tests-connections'
import { upgradeWebSocket } from '@hono/node-server'
import { Hono } from 'hono'
import type { Context } from 'hono'
import { WSContext } from 'hono/ws'
import { expect, it, onTestFinished, vi } from 'vitest'
import { WebSocket } from 'ws'

import { routeCensus } from '../src/census.js'
import { createAuth, refuseOtherUpgrades } from '../src/index.js'
import type { AuthOptions, EventStream, HonoAuth } from '../src/index.js'
import { listen } from './connection-servers.js'
import { serve } from './serve.js'

interface Setup {
  readonly options: AuthOptions
  readonly auth: HonoAuth
  readonly app: Hono
  readonly authorization: string
  readonly shortLived: string
}

async function createSetup(): Promise<Setup> {
  const issuer = await createTestIssuer()
  const options = { issuer: issuer.issuer, audience: issuer.audience, fetch: issuer.fetch, clockTolerance: 0 }
  const bearer = async (expiresIn: number): Promise<string> => `Bearer ${await issuer.accessToken({ expiresIn })}`
  const [authorization, shortLived] = [await bearer(3600), await bearer(2)]
  return { options, auth: createAuth(options), app: new Hono(), authorization, shortLived }
}

/** Serves an application with WebSockets, for the rest of the test. */
async function served(app: Hono, withBodies = true): Promise<number> {
  const server = await listen(app, withBodies)
  onTestFinished(() => server.close())
  return server.port
}

it('answers a refused handshake with its body, which @hono/node-server drops', async () => {
  const { auth, app } = await createSetup()
  app.get('/ws', auth.requireAuth(), upgradeWebSocket(auth.connection(() => ({}))))
  const [whole, dropped] = [
    await rawHandshake(await served(app), '/ws'),
    await rawHandshake(await served(app, false), '/ws'),
  ]
  expect([whole.status, dropped.status]).toEqual([401, 401])
  expect(JSON.parse(whole.body)).toMatchObject({ code: 'AUTH_1003' })
  expect(headerOf(whole, 'content-length')).toBe(String(whole.body.length))
  expect([dropped.body, headerOf(dropped, 'www-authenticate')]).toEqual(['', headerOf(whole, 'www-authenticate')])
})

it('leaves a handshake for no route to @hono/node-server', async () => {
  const { app } = await createSetup()
  expect((await rawHandshake(await served(app), '/elsewhere')).status).toBe(404)
})

it('closes the WebSocket of a handler that rejects, and the process goes on', async () => {
  const { auth, app, authorization } = await createSetup()
  const told = vi.spyOn(console, 'error').mockReturnValue(undefined)
  onTestFinished(() => told.mockRestore())
  const events = auth.connection(() => ({
    onMessage: async (_event, _ws, connection) => void (await connection.require('write:x')),
  }))
  app.get('/ws', auth.requireAuth(), upgradeWebSocket(events))
  const socket = new WebSocket(`ws://127.0.0.1:${await served(app)}/ws`, { headers: { authorization } })
  await once(socket, 'open')
  socket.send('hello')
  expect((await once(socket, 'close'))[0]).toBe(1011)
  expect(told).toHaveBeenCalledTimes(1)
})

it('refuses upgrades of others only where it alone answers them', async () => {
  const server = createServer()
  expect(() => refuseOtherUpgrades(server)).toThrow(/^refuseOtherUpgrades: want the server of serve\(\)/)
  server.on('upgrade', () => undefined).on('upgrade', () => undefined)
  expect(() => refuseOtherUpgrades(server)).toThrow(TypeError)
})

it('opens nothing without a guard', async () => {
  const { auth, app } = await createSetup()
  app.get('/ws', upgradeWebSocket(auth.connection(() => ({}))))
  app.get('/events', (c) => auth.eventStream(c, () => undefined))
  app.onError((error, c) => c.text(error.message, 500))
  const port = await served(app)
  expect(await rawHandshake(port, '/ws')).toMatchObject({
    status: 500,
    body: expect.stringContaining('no auth context'),
  })
  expect((await fetch(`http://127.0.0.1:${port}/events`)).status).toBe(500)
})

it('keeps WebSockets where options come with requests', async () => {
  const { options, app, authorization } = await createSetup()
  const auth = createAuth(() => options)
  const events = auth.connection(() => ({ onOpen: (_, ws, { auth: caller }) => ws.send(caller?.subject ?? '') }))
  app.get('/ws', auth.requireAuth(), upgradeWebSocket(events))
  const socket = new WebSocket(`ws://127.0.0.1:${await served(app)}/ws`, { headers: { authorization } })
  const received: string[] = []
  socket.on('message', (data: Buffer) => {
    received.push(data.toString())
    if (received.length === 2) socket.close()
  })
  await once(socket, 'close')
  expect(received).toEqual([expect.stringContaining('auth0.opened'), 'user-1'])
})

it('hears no message after the token has expired, of a client that does not close', async () => {
  const { auth, app, shortLived } = await createSetup()
  const heard: unknown[] = []
  const closed: number[] = []
  const events = auth.connection(() => ({
    onMessage: ({ data }) => void heard.push(data),
    onClose: ({ code }) => void closed.push(code),
  }))
  app.get('/ws', auth.requireAuth(), upgradeWebSocket(events))
  const port = await served(app)
  const socket = new WebSocket(`ws://127.0.0.1:${port}/ws`, { headers: { authorization: shortLived } })
  socket.on('message', (data: Buffer) => {
    if (data.toString().includes('auth0.closing')) socket.send('too late')
  })
  const [code] = (await once(socket, 'close')) as [number] // of ws
  expect([code, heard]).toEqual([1008, []])
})

it('begins a connection with its first event, where a runtime does not tell that it is open', async () => {
  const { auth, app, authorization } = await createSetup()
  const sent: string[] = []
  app.get('/ws', auth.requireAuth(), async (c) => {
    const events = await auth.connection(() => ({ onMessage: (_, ws) => ws.send('answer') }))(c)
    const send = (text: unknown): void => void sent.push(typeof text === 'string' ? text : 'no text')
    const ws = new WSContext({ send, close: () => undefined, readyState: 1 })
    events.onMessage?.(new MessageEvent('message', { data: 'hello' }), ws)
    return c.body(null)
  })
  await app.request('/ws', { headers: { authorization } })
  expect(sent).toEqual([expect.stringContaining('auth0.opened'), 'answer'])
})

it('answers with the headers of a stream, and those that were set before', async () => {
  const { auth, app, authorization } = await createSetup()
  app.use(async (c, next) => {
    c.header('access-control-allow-origin', 'https://app.test')
    await next()
  })
  app.get('/events', auth.requireAuth(), (c) => auth.eventStream(c, (stream) => stream.close()))
  const answer = await app.request('/events', { headers: { authorization } })
  expect(Object.fromEntries(answer.headers)).toMatchObject({
    'access-control-allow-origin': 'https://app.test',
    'cache-control': 'no-store, no-transform',
    'content-type': 'text/event-stream',
    'x-accel-buffering': 'no',
  })
  expect(await answer.text()).toMatch(/^event: auth0\.opened\ndata: \{"expires_in":\d+\}\n\n$/)
})

it('breaks off a stream whose function fails', async () => {
  const { auth, app, authorization } = await createSetup()
  app.get('/events', auth.requireAuth(), (c) =>
    auth.eventStream(c, () => Promise.reject(new Error('of the application'))),
  )
  const port = await serve(app)
  const told = vi.spyOn(console, 'error').mockImplementation(() => undefined)
  const answer = fetch(`http://127.0.0.1:${port}/events`, { headers: { authorization } }).then((one) => one.text())
  await expect(answer).rejects.toThrow(TypeError)
  expect(told.mock.calls.map(String).join()).toContain('of the application')
  told.mockRestore()
})

it('aborts the signal of a stream when the client goes', async () => {
  const { auth, app, authorization } = await createSetup()
  const opened: EventStream[] = []
  app.get('/events', auth.requireAuth(), (c: Context) => auth.eventStream(c, (stream) => void opened.push(stream)))
  const client = new AbortController()
  await fetch(`http://127.0.0.1:${await serve(app)}/events`, { headers: { authorization }, signal: client.signal })
  const [stream] = opened
  if (stream === undefined) throw new Error('no stream was opened')
  const aborted = once(stream.signal, 'abort')
  client.abort()
  await aborted
  expect(stream.send('late', '')).toBe(false)
})

it('cuts off a client that does not read', async () => {
  const { auth, app, authorization } = await createSetup()
  const large = 'x'.repeat(1_000_000)
  let sent = 0
  const run = (stream: EventStream): void => {
    while (stream.send('large', large) && sent < 100) sent++
  }
  app.get('/events', auth.requireAuth(), (c) => auth.eventStream(c, run))
  await (await app.request('/events', { headers: { authorization } })).text().catch(() => undefined)
  expect(sent).toBeLessThan(3)
})

it('answers HEAD without a stream', async () => {
  const { auth, app, authorization } = await createSetup()
  app.get('/events', auth.requireAuth(), (c) => auth.eventStream(c, () => undefined))
  const port = await serve(app)
  const lines = [
    'HEAD /events HTTP/1.1',
    'Host: api.test',
    'Connection: close',
    `Authorization: ${authorization}`,
    '',
    '',
  ]
  expect((await rawAnswer(port, lines.join('\r\n'))).status).toBe(200)
})

it('is a guarded route for the census', async () => {
  const { auth, app } = await createSetup()
  app.get('/ws', auth.requireAuth('read:x'), upgradeWebSocket(auth.connection(() => ({}))))
  expect(routeCensus(app)).toMatchObject([{ method: 'GET', path: '/ws', access: 'guarded' }])
})
