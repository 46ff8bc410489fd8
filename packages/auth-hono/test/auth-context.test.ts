import { inspect } from 'node:util'

import { Hono } from 'hono'
import { afterAll, beforeAll, describe, expect, expectTypeOf, it } from 'vitest'

import { createAuth } from '../src/index.js'
import type { AuthContext, HonoAuth, OptionalAuthHandler, optionalAuth, RequireAuthHandler } from '../src/index.js'
import { serve } from './serve.js'
import { createWorld, expired, send } from '@acme/tests-adapters'
import type { World } from '@acme/tests-adapters'

let world: World
let auth: HonoAuth
beforeAll(async () => {
  world = await createWorld()
  auth = createAuth(world.options)
})
afterAll(() => world.issuer.close())

describe('c.var.auth', () => {
  it('is not there on a route without a guard, whatever the request brings', async () => {
    const port = await serve(new Hono<{ Variables: { auth?: unknown } }>().get('/', (c) => c.text(typeof c.var.auth)))
    expect(await send(port, '/')).toMatchObject({ status: 200, body: 'undefined' })
    expect(await send(port, '/', await world.bearer())).toMatchObject({ status: 200, body: 'undefined' })
  })

  it('is null for an anonymous request', async () => {
    const port = await serve(new Hono().get('/', auth.optionalAuth(), (c) => c.json(c.var.auth)))
    expect(await send(port, '/', await world.bearer({ expiresIn: -60 }))).toEqual(expired)
    expect(await send(port, '/')).toMatchObject({ status: 200, body: 'null' })
  })

  it('cannot be changed by a handler', async () => {
    const app = new Hono().get('/', auth.requireAuth(), (c) =>
      c.json([
        Object.isFrozen(c.var.auth),
        Object.isFrozen(c.var.auth.scopes),
        Object.isFrozen(c.var.auth.permissions),
      ]),
    )
    expect(await send(await serve(app), '/', await world.bearer())).toMatchObject({ body: '[true,true,true]' })
  })
})

describe('the token', () => {
  const printers: readonly (readonly [string, (context: AuthContext) => string])[] = [
    ['JSON.stringify', (context) => JSON.stringify({ context })],
    ['util.inspect', (context) => inspect({ context }, { depth: Infinity })],
    ['a copy', (context) => JSON.stringify({ ...context })],
  ]

  it.each(printers)('is not in %s', async (_name, print) => {
    const port = await serve(new Hono().get('/', auth.requireAuth(), (c) => c.text(print(c.var.auth))))
    const token = await world.issuer.accessToken()
    const { status, body } = await send(port, '/', [['Authorization', `Bearer ${token}`]])
    expect(status).toBe(200)
    for (const part of ['token', ...token.split('.')]) expect(body).not.toContain(part)
  })

  it('is there for calling other services', async () => {
    const port = await serve(new Hono().get('/', auth.requireAuth(), (c) => c.text(c.var.auth.token)))
    const token = await world.issuer.accessToken()
    expect(await send(port, '/', [['Authorization', `Bearer ${token}`]])).toMatchObject({ status: 200, body: token })
  })
})

describe('types', () => {
  it('of what handlers get', () => {
    new Hono()
      .get('/required', auth.requireAuth('a'), (c) => {
        expectTypeOf(c.var.auth).toEqualTypeOf<AuthContext>()
        expectTypeOf(c.get('auth')).toEqualTypeOf<AuthContext>()
        return c.body(null)
      })
      .get('/optional', auth.optionalAuth(), (c) => {
        expectTypeOf(c.var.auth).toEqualTypeOf<AuthContext | null>()
        return c.body(null)
      })
      .get('/both', auth.optionalAuth(), auth.requireAuth(), (c) => {
        expectTypeOf(c.var.auth).toEqualTypeOf<AuthContext>()
        return c.body(null)
      })
      .get('/items/:id', auth.requireAuth(), (c) => {
        expectTypeOf(c.req.param()).toEqualTypeOf<{ id: string }>()
        return c.body(null)
      })
      // @ts-expect-error -- nothing is there without a guard
      .get('/open', (c) => c.json(c.var.auth))
  })

  it('of guards', () => {
    expectTypeOf(auth.requireAuth('a', 'b')).toEqualTypeOf<RequireAuthHandler>()
    expectTypeOf(auth.requireAuth({ scopes: 'a' })).toEqualTypeOf<RequireAuthHandler>()
    expectTypeOf(auth.optionalAuth()).toEqualTypeOf<OptionalAuthHandler>()
    expectTypeOf<ReturnType<typeof optionalAuth>>().toEqualTypeOf<OptionalAuthHandler>()
  })
})
