import { inspect } from 'node:util'

import * as globalTypes from '@acme/auth-express/global'
import type { ErrorRequestHandler, Request, RequestHandler } from 'express'
import { afterAll, beforeAll, describe, expect, expectTypeOf, it } from 'vitest'

import { createAuth, getAuth, getOptionalAuth } from '../src/index.js'
import type { AuthContext, ExpressAuth, optionalAuth } from '../src/index.js'
import { createApp, serve } from './serve.js'
import { createWorld, noCredentials, send } from '@acme/tests-adapters'
import type { World } from '@acme/tests-adapters'

let world: World
let auth: ExpressAuth
beforeAll(async () => {
  world = await createWorld()
  auth = createAuth(world.options)
})
afterAll(() => world.issuer.close())

const getSubject: RequestHandler = (request, response) => void response.send(getAuth(request).subject)
const getNullable: RequestHandler = (request, response) => void response.json(getOptionalAuth(request))
const sayMessage: ErrorRequestHandler = (error: Error, _request, response, _next) => {
  response.status(500).send(error.message)
}

describe('getAuth and getOptionalAuth', () => {
  const message = 'no auth context: is the route guarded by requireAuth()?'

  it('getAuth throws on a route without a guard, whatever the request brings', async () => {
    const port = await serve(createApp().get('/', getSubject).use(sayMessage))
    expect(await send(port, '/')).toMatchObject({ status: 500, body: message })
    expect(await send(port, '/', await world.bearer())).toMatchObject({ status: 500, body: message })
  })

  it('getAuth throws for an anonymous request', async () => {
    const port = await serve(createApp().get('/', auth.optionalAuth(), getSubject).use(sayMessage))
    expect(await send(port, '/')).toMatchObject({ status: 500, body: message })
    expect(await send(port, '/', await world.bearer())).toMatchObject({ status: 200, body: 'user-1' })
  })

  it('getOptionalAuth is null without a guard, whatever the request brings', async () => {
    const port = await serve(createApp().get('/', getNullable))
    expect(await send(port, '/')).toMatchObject({ status: 200, body: 'null' })
    expect(await send(port, '/', await world.bearer())).toMatchObject({ status: 200, body: 'null' })
  })

  it('getOptionalAuth is null for an anonymous request', async () => {
    const port = await serve(createApp().get('/', auth.optionalAuth(), getNullable))
    expect(await send(port, '/')).toMatchObject({ status: 200, body: 'null' })
  })

  it('an anonymous request stays refused by a second guard that wants credentials', async () => {
    const port = await serve(createApp().get('/', auth.optionalAuth(), auth.requireAuth(), getSubject))
    expect(await send(port, '/')).toEqual(noCredentials)
  })
})

describe('the token', () => {
  const printers: readonly (readonly [string, (context: AuthContext) => string])[] = [
    ['JSON.stringify', (context) => JSON.stringify({ context })],
    ['util.inspect', (context) => inspect({ context }, { depth: Infinity })],
    ['a copy', (context) => JSON.stringify({ ...context })],
    ['its keys', (context) => Object.keys(context).join()],
  ]

  it.each(printers)('is not in %s', async (_name, print) => {
    const printed: RequestHandler = (request, response) => void response.type('text').send(print(getAuth(request)))
    const port = await serve(createApp().get('/', auth.requireAuth(), printed))
    const token = await world.issuer.accessToken()
    const { status, body } = await send(port, '/', [['Authorization', `Bearer ${token}`]])
    expect(status).toBe(200)
    for (const part of ['token', ...token.split('.')]) expect(body).not.toContain(part)
  })

  it('is there for calling other services', async () => {
    const sayToken: RequestHandler = (request, response) => void response.type('text').send(getAuth(request).token)
    const port = await serve(createApp().get('/', auth.requireAuth(), sayToken))
    const token = await world.issuer.accessToken()
    expect(await send(port, '/', [['Authorization', `Bearer ${token}`]])).toMatchObject({ status: 200, body: token })
  })

  it('leaves a context of exactly these members', async () => {
    const all: RequestHandler = (request, response) => void response.json(getAuth(request))
    const port = await serve(createApp().get('/', auth.requireAuth(), all))
    const claims = {
      iat: 1_750_000_000,
      exp: 4_102_444_800,
      jti: 'token-1',
      permissions: ['p'],
      roles: 'r',
      gty: 'client-credentials',
    }
    const { body } = await send(port, '/', await world.bearer({ scope: 'a b', claims }))
    expect(JSON.parse(body)).toEqual({
      scheme: 'Bearer',
      issuer: world.options.issuer,
      subject: 'user-1',
      clientId: 'client-1',
      scopes: ['a', 'b'],
      permissions: ['p'],
      roles: ['r'],
      clientCredentials: true,
      expiresAt: 4_102_444_800,
      claims: {
        iss: world.options.issuer,
        sub: 'user-1',
        aud: world.options.audience,
        client_id: 'client-1',
        scope: 'a b',
        ...claims,
      },
    })
  })
})

describe('types', () => {
  it('of what handlers get', () => {
    expectTypeOf(getAuth).returns.toEqualTypeOf<AuthContext>()
    expectTypeOf(getOptionalAuth).returns.toEqualTypeOf<AuthContext | null>()
  })

  it('of request.auth, by an import that does nothing else', () => {
    expectTypeOf<Request['auth']>().toEqualTypeOf<AuthContext | null | undefined>()
    expect(Object.keys(globalTypes)).toEqual([])
  })

  it('of parameters, which a guard leaves to the route', () => {
    createApp().get('/items/:id', auth.requireAuth(), (request, response) => {
      expectTypeOf(request.params).toEqualTypeOf<{ id: string }>()
      response.json(getAuth(request))
    })
  })

  it('of guards', () => {
    expectTypeOf(auth.requireAuth('a', 'b')).toExtend<RequestHandler>()
    expectTypeOf(auth.requireAuth({ scopes: ['a'], maxAge: 60 })).toExtend<RequestHandler>()
    expectTypeOf(auth.optionalAuth()).toExtend<RequestHandler>()
    expectTypeOf<ReturnType<typeof optionalAuth>>().toExtend<RequestHandler>()
  })
})
