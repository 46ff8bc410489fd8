import { once } from 'node:events'

import websocket from '@fastify/websocket'
import { createTestIssuer } from '@acme/auth-testing'
import { rawAnswer, rawHandshake } from '@acme/tests-connections'
import fastify from 'fastify'
import type { FastifyInstance } from 'fastify'
import { expect, it } from 'vitest'
import { WebSocket } from 'ws'

import { routeCensus } from '../src/census.js'
import { auth0Plugin } from '../src/index.js'
import type { FastifyAuth } from '../src/index.js'
import { serve } from './serve.js'

interface Setup {
  readonly app: FastifyInstance
  readonly auth: FastifyAuth
  readonly authorization: string
}

async function createSetup(name?: string): Promise<Setup> {
  const issuer = await createTestIssuer()
  const app = fastify()
  await app.register(websocket)
  const options = { issuer: issuer.issuer, audience: issuer.audience, fetch: issuer.fetch }
  await app.register(auth0Plugin, { ...options, ...(name !== undefined && { name }) })
  const auth = name === undefined ? app : (Reflect.get(app, name) as FastifyAuth) // the plugin's
  return { app, auth, authorization: `Bearer ${await issuer.accessToken()}` }
}

it.each([undefined, 'partner'])('keeps WebSockets of a plugin with the name %s', async (name) => {
  const { app, auth, authorization } = await createSetup(name)
  await app.register(async (routes) => {
    routes.get('/ws', { websocket: true, onRequest: auth.requireAuth() }, (socket, request) => {
      socket.send(auth.connection(request, socket).auth?.subject ?? '')
    })
  })
  const port = await serve(app)
  const socket = new WebSocket(`ws://127.0.0.1:${port}/ws`, { headers: { authorization } })
  const received: string[] = []
  socket.on('message', (data: Buffer) => {
    received.push(data.toString())
    if (received.length === 2) socket.close()
  })
  await once(socket, 'close')
  expect(received).toEqual([expect.stringContaining('auth0.opened'), 'user-1'])
})

it('is a fault without a guard', async () => {
  const { app } = await createSetup()
  app.get('/events', (request, reply) => void app.eventStream(request, reply))
  const { statusCode } = await app.inject('/events')
  expect(statusCode).toBe(500)
})

it('answers with the headers of the reply, beside those of a stream', async () => {
  const { app, authorization } = await createSetup()
  app.get('/events', { onRequest: app.requireAuth() }, async (request, reply) => {
    reply.header('access-control-allow-origin', 'https://app.test')
    app.eventStream(request, reply).close()
  })
  const port = await serve(app)
  const answer = await fetch(`http://127.0.0.1:${port}/events`, { headers: { authorization } })
  expect(Object.fromEntries(answer.headers)).toMatchObject({
    'access-control-allow-origin': 'https://app.test',
    'cache-control': 'no-store, no-transform',
    'content-type': 'text/event-stream',
    'x-accel-buffering': 'no',
  })
  expect(await answer.text()).toMatch(/^event: auth0\.opened\n/)
})

it('answers HEAD of a stream, and handshakes for other routes', async () => {
  const { app, authorization } = await createSetup()
  app.get('/events', { onRequest: app.requireAuth() }, (request, reply) => void app.eventStream(request, reply))
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
  expect((await rawHandshake(port, '/elsewhere')).status).toBe(404)
})

it('refuses a name that another plugin has taken', async () => {
  const app = fastify()
  app.decorate('eventStream', () => {
    throw new Error('of another plugin')
  })
  const registered = app.register(auth0Plugin, { issuer: 'https://issuer.test/', audience: 'https://api.test/' })
  await expect(registered).rejects.toThrow('fastify.eventStream is there already')
})

it('is a guarded route for the census', async () => {
  const { app } = await createSetup()
  await app.register(async (routes) => {
    routes.get('/ws', { websocket: true, onRequest: app.requireAuth('read:x') }, () => undefined)
  })
  await app.ready()
  const rows = routeCensus(app)
  expect(rows.map(({ method, path, access }) => `${method} ${path} ${access}`)).toContain('GET /ws guarded')
  expect(rows.every(({ access }) => access === 'guarded')).toBe(true)
})
