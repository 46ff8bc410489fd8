import { inspect } from 'node:util'

import fastify from 'fastify'
import type { FastifyRequest } from 'fastify'
import { afterAll, beforeAll, describe, expect, expectTypeOf, it } from 'vitest'

import { getAuth } from '../src/index.js'
import type { AuthContext, AuthHook } from '../src/index.js'
import { createApp, serve } from './serve.js'
import { createWorld, expired, noCredentials, send } from '@acme/tests-adapters'
import type { World } from '@acme/tests-adapters'

let world: World
beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world.issuer.close())

describe('request.auth and getAuth', () => {
  const message = 'no auth context: is the route guarded by fastify.requireAuth()?'
  const body = JSON.stringify({ statusCode: 500, error: 'Internal Server Error', message })

  it('is null on a route without a guard, whatever the request brings', async () => {
    const app = await createApp(world.options)
    app.get('/', (request) => JSON.stringify(request.auth))
    const port = await serve(app)
    expect(await send(port, '/')).toMatchObject({ status: 200, body: 'null' })
    expect(await send(port, '/', await world.bearer())).toMatchObject({ status: 200, body: 'null' })
  })

  it('getAuth throws on a route without a guard', async () => {
    const app = await createApp(world.options)
    app.get('/', (request) => getAuth(request))
    const port = await serve(app)
    expect(await send(port, '/')).toMatchObject({ status: 500, body })
    expect(await send(port, '/', await world.bearer())).toMatchObject({ status: 500, body })
  })

  it('getAuth throws for an anonymous request', async () => {
    const app = await createApp(world.options)
    app.get('/', { preHandler: app.optionalAuth() }, (request) => getAuth(request).subject)
    const port = await serve(app)
    expect(await send(port, '/')).toMatchObject({ status: 500, body })
    expect(await send(port, '/', await world.bearer({ expiresIn: -60 }))).toEqual(expired)
    expect(await send(port, '/', await world.bearer())).toMatchObject({ status: 200, body: 'user-1' })
  })

  it('getAuth throws where the plugin is not registered', async () => {
    const app = fastify({ requestIdHeader: 'x-request-id' })
    app.get('/', (request) => getAuth(request).subject)
    expect(await send(await serve(app), '/')).toMatchObject({ status: 500, body })
  })

  it('an anonymous request stays refused by a second guard that wants credentials', async () => {
    const app = await createApp(world.options)
    app.get('/', { preHandler: [app.optionalAuth(), app.requireAuth()] }, (request) => getAuth(request).subject)
    expect(await send(await serve(app), '/')).toEqual(noCredentials)
  })

  it('a request knows nothing of the one before', async () => {
    const app = await createApp(world.options)
    app.get('/', { preHandler: app.optionalAuth() }, (request) => request.auth?.subject ?? 'nobody')
    const port = await serve(app)
    expect(await send(port, '/', await world.bearer())).toMatchObject({ status: 200, body: 'user-1' })
    expect(await send(port, '/')).toMatchObject({ status: 200, body: 'nobody' })
  })
})

describe('the token', () => {
  const printers: readonly (readonly [string, (context: AuthContext) => string])[] = [
    ['JSON.stringify', (context) => JSON.stringify({ context })],
    ['util.inspect', (context) => inspect({ context }, { depth: Infinity })],
    ['a copy', (context) => JSON.stringify({ ...context })],
  ]

  it.each(printers)('is not in %s', async (_name, print) => {
    const app = await createApp(world.options)
    app.get('/', { preHandler: app.requireAuth() }, (request) => print(getAuth(request)))
    const port = await serve(app)
    const token = await world.issuer.accessToken()
    const { status, body } = await send(port, '/', [['Authorization', `Bearer ${token}`]])
    expect(status).toBe(200)
    for (const part of ['token', ...token.split('.')]) expect(body).not.toContain(part)
  })

  it('is not in the log', async () => {
    const lines: string[] = []
    const stream = { write: (line: string) => void lines.push(line) }
    const app = await createApp(world.options, { logger: { level: 'trace', stream } })
    app.get('/', { preHandler: app.requireAuth('read') }, (request) => {
      request.log.info({ auth: request.auth }, 'the caller')
      return 'done'
    })
    const port = await serve(app)
    const refused = await world.issuer.accessToken()
    const accepted = await world.issuer.accessToken({ scope: 'read' })
    expect((await send(port, '/', [['Authorization', `Bearer ${refused}`]])).status).toBe(403)
    expect((await send(port, '/', [['Authorization', `Bearer ${accepted}`]])).status).toBe(200)
    const log = lines.join('')
    expect(log).toContain('the caller')
    for (const part of [...refused.split('.').slice(1), ...accepted.split('.').slice(1)])
      expect(log).not.toContain(part)
  })

  it('is there for calling other services', async () => {
    const app = await createApp(world.options)
    app.get('/', { preHandler: app.requireAuth() }, (request) => getAuth(request).token)
    const token = await world.issuer.accessToken()
    const answer = await send(await serve(app), '/', [['Authorization', `Bearer ${token}`]])
    expect(answer).toMatchObject({ status: 200, body: token })
  })
})

describe('types', () => {
  it('of what handlers get', () => {
    expectTypeOf<FastifyRequest['auth']>().toEqualTypeOf<AuthContext | null>()
    expectTypeOf(getAuth).returns.toEqualTypeOf<AuthContext>()
  })

  it('of hooks', async () => {
    const app = await createApp(world.options)
    expectTypeOf(app.requireAuth('a', 'b')).toEqualTypeOf<AuthHook>()
    expectTypeOf(app.requireAuth({ scopes: 'a' })).toEqualTypeOf<AuthHook>()
    expectTypeOf(app.optionalAuth()).toEqualTypeOf<AuthHook>()
  })
})
