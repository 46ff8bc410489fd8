import { once } from 'node:events'
import { request as send } from 'node:http'
import type { IncomingMessage } from 'node:http'

import { createTestIssuer } from '@acme/auth-testing'
import { expect, it } from 'vitest'

import { createAuth } from '../src/index.js'
import type { EventStream, ExpressAuth } from '../src/index.js'
import { createApp, serve } from './serve.js'

interface Setup {
  readonly auth: ExpressAuth
  readonly authorization: string
}

async function createSetup(): Promise<Setup> {
  const issuer = await createTestIssuer()
  const auth = createAuth({ issuer: issuer.issuer, audience: issuer.audience, fetch: issuer.fetch })
  return { auth, authorization: `Bearer ${await issuer.accessToken()}` }
}

async function ask(port: number, authorization: string, method = 'GET'): Promise<IncomingMessage> {
  const sent = send({
    port,
    host: '127.0.0.1',
    path: '/events',
    method,
    headers: { authorization },
    agent: false,
  }).end()
  const [response] = (await once(sent, 'response')) as [IncomingMessage] // of Node
  return response
}

it('answers with the headers of a stream, and those that were set before', async () => {
  const { auth, authorization } = await createSetup()
  const app = createApp()
  app.get('/events', auth.requireAuth(), (request, response) => {
    response.setHeader('access-control-allow-origin', 'https://app.test')
    auth.eventStream(request, response).close()
  })
  const response = await ask(await serve(app), authorization)
  expect(response.statusCode).toBe(200)
  expect(response.headers).toMatchObject({
    'content-type': 'text/event-stream',
    'cache-control': 'no-store, no-transform',
    'x-accel-buffering': 'no',
    'access-control-allow-origin': 'https://app.test',
  })
  const text = (await response.setEncoding('utf8').toArray()).join('')
  expect(text).toMatch(/^event: auth0\.opened\ndata: \{"expires_in":\d+\}\n\n$/)
})

it('aborts its signal when the client goes', async () => {
  const { auth, authorization } = await createSetup()
  const app = createApp()
  const opened: EventStream[] = []
  app.get('/events', auth.requireAuth(), (request, response) => void opened.push(auth.eventStream(request, response)))
  const response = await ask(await serve(app), authorization)
  const [stream] = opened
  if (stream === undefined) throw new Error('no stream was opened')
  const aborted = once(stream.signal, 'abort')
  response.destroy()
  await aborted
  expect(stream.send('late', '')).toBe(false)
})

it('answers HEAD without a stream', async () => {
  const { auth, authorization } = await createSetup()
  const app = createApp()
  app.get('/events', auth.requireAuth(), (request, response) => {
    auth.eventStream(request, response).send('late', '')
  })
  const response = await ask(await serve(app), authorization, 'HEAD')
  expect([response.statusCode, response.headers['content-type']]).toEqual([200, 'text/event-stream'])
  response.resume()
  await once(response, 'end')
})

it('is a fault without a guard, which is answered', async () => {
  const { auth, authorization } = await createSetup()
  const app = createApp()
  app.get('/events', (request, response) => void auth.eventStream(request, response))
  app.use((_error: unknown, _request: unknown, response: { status(code: number): { end(): void } }, _next: unknown) => {
    response.status(500).end()
  })
  const response = await ask(await serve(app), authorization)
  expect([response.statusCode, response.headers['content-type']]).toEqual([500, undefined])
})

it('cuts off a client that does not read', async () => {
  const { auth, authorization } = await createSetup()
  const app = createApp()
  const opened: EventStream[] = []
  app.get('/events', auth.requireAuth(), (request, response) => void opened.push(auth.eventStream(request, response)))
  const response = await ask(await serve(app), authorization)
  response.pause()
  const [stream] = opened
  if (stream === undefined) throw new Error('no stream was opened')
  const large = 'x'.repeat(1_000_000)
  let sent = 0
  while (stream.send('large', large) && sent < 100) sent++
  expect(sent).toBeLessThan(100)
  expect(stream.signal.aborted).toBe(true)
})
