import { createWorld, noCredentials, send } from '@acme/tests-adapters'
import type { World } from '@acme/tests-adapters'
import fastify from 'fastify'
import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, describe, expect, expectTypeOf, it } from 'vitest'

import { auth0Plugin, getAuth } from '../src/index.js'
import type { AuthContext, FastifyAuth, FastifyAuthOptions } from '../src/index.js'
import { createApp, serve } from './serve.js'

declare module 'fastify' {
  interface FastifyInstance {
    partner: FastifyAuth
  }
  interface FastifyRequest {
    partner: AuthContext | null
  }
}

let world: World
let partners: World
beforeAll(async () => {
  world = await createWorld()
  partners = await createWorld()
})
afterAll(async () => {
  await world.issuer.close()
  await partners.issuer.close()
})

/** Both issuers on one instance, each with its own guard. */
async function serveBoth(): Promise<number> {
  const app = await createApp(world.options)
  await app.register(auth0Plugin, { ...partners.options, name: 'partner' })
  app.get('/', { preHandler: app.requireAuth() }, (request) => ({
    auth: getAuth(request).issuer,
    partner: request.partner,
  }))
  app.get('/partner', { preHandler: app.partner.requireAuth() }, (request) => ({
    auth: request.auth,
    partner: getAuth(request, 'partner').issuer,
  }))
  app.get('/optional', { preHandler: app.partner.optionalAuth() }, (request) => ({ partner: request.partner }))
  return serve(app)
}

describe('a second registration, by a name of its own', () => {
  it('has guards and callers of its own', async () => {
    const port = await serveBoth()
    const own = await send(port, '/', await world.bearer())
    expect([own.status, JSON.parse(own.body)]).toEqual([200, { auth: world.options.issuer, partner: null }])
    const partner = await send(port, '/partner', await partners.bearer())
    expect([partner.status, JSON.parse(partner.body)]).toEqual([200, { auth: null, partner: partners.options.issuer }])
    expect(await send(port, '/optional')).toMatchObject({ status: 200, body: '{"partner":null}' })
  })

  it('accepts no token of the other issuer', async () => {
    const port = await serveBoth()
    expect((await send(port, '/', await partners.bearer())).status).toBe(401)
    expect((await send(port, '/partner', await world.bearer())).status).toBe(401)
    expect(await send(port, '/partner')).toEqual(noCredentials)
  })

  it('may be in a scope within the scope of the first', async () => {
    const app = await createApp(world.options)
    await app.register(async (child) => {
      await child.register(auth0Plugin, { ...partners.options, name: 'partner' })
      child.get('/', { preHandler: [child.partner.requireAuth()] }, () => 'passed')
    })
    const port = await serve(app)
    expect(await send(port, '/', await partners.bearer())).toMatchObject({ status: 200, body: 'passed' })
    expect((await send(port, '/', await world.bearer())).status).toBe(401)
    expect(app.hasDecorator('partner')).toBe(false)
  })
})

it('two scopes have a registration each, by the same name', async () => {
  const app = fastify({ requestIdHeader: 'x-request-id' })
  for (const { options, prefix } of [
    { options: world.options, prefix: '/a' },
    { options: partners.options, prefix: '/b' },
  ]) {
    await app.register(
      async (child) => {
        await child.register(auth0Plugin, options)
        child.get('/', { preHandler: child.requireAuth() }, (request) => getAuth(request).issuer)
      },
      { prefix },
    )
  }
  const port = await serve(app)
  expect(await send(port, '/a', await world.bearer())).toMatchObject({ status: 200, body: world.options.issuer })
  expect(await send(port, '/b', await partners.bearer())).toMatchObject({ status: 200, body: partners.options.issuer })
  expect((await send(port, '/a', await partners.bearer())).status).toBe(401)
  expect((await send(port, '/b', await world.bearer())).status).toBe(401)
})

describe('a name that is taken', () => {
  const taken = (name: string, what: string): TypeError =>
    new TypeError(`name: "${name}" is taken, ${what} is there already: want another, such as name: 'partner'`)

  const others: readonly (readonly [string, (app: FastifyInstance) => unknown, string, string])[] = [
    ['by the plugin itself', (app) => app.register(auth0Plugin, world.options), 'auth', 'request.auth'],
    ['by a request decorator', (app) => app.decorateRequest('auth', null), 'auth', 'request.auth'],
    [
      'by a decorator',
      (app) => app.decorate('requireAuth', () => async () => undefined),
      'auth',
      'fastify.requireAuth',
    ],
    ['by a decorator of its own name', (app) => app.decorate('api', 1), 'api', 'fastify.api'],
    ['by Fastify', () => undefined, 'body', 'request.body'],
    ['by JavaScript', () => undefined, 'constructor', 'request.constructor'],
  ]

  it.each(others)('%s, is refused', async (_who, decorate, name, what) => {
    const app = fastify({ requestIdHeader: 'x-request-id' })
    await decorate(app)
    await expect(app.register(auth0Plugin, { ...world.options, name }).ready()).rejects.toThrow(taken(name, what))
  })

  it('is refused in a scope within, where it would hide the outer one', async () => {
    const app = await createApp(world.options)
    const within = app.register(async (child) => {
      await child.register(auth0Plugin, partners.options)
    })
    await expect(within.ready()).rejects.toThrow(taken('auth', 'request.auth'))
  })

  it('beside another plugin, another name works', async () => {
    const app = fastify({ requestIdHeader: 'x-request-id' })
    app.decorateRequest('auth', null).decorate('requireAuth', () => async () => undefined)
    await app.register(auth0Plugin, { ...world.options, name: 'partner' })
    app.get('/', { preHandler: app.partner.requireAuth() }, (request) => getAuth(request, 'partner').subject)
    const port = await serve(app)
    expect(await send(port, '/')).toEqual(noCredentials)
    expect(await send(port, '/', await world.bearer())).toMatchObject({ status: 200, body: 'user-1' })
  })

  it.each(['', 1, null])('%j is none', async (name) => {
    const options = { ...world.options, name } as FastifyAuthOptions // as JavaScript may have it
    await expect(fastify({ requestIdHeader: 'x-request-id' }).register(auth0Plugin, options).ready()).rejects.toThrow(
      TypeError,
    )
  })
})

it('getAuth throws for a name that was not registered', async () => {
  const app = await createApp(world.options)
  app.get('/', { preHandler: app.requireAuth() }, (request) => getAuth(request, 'partner').subject)
  expect((await send(await serve(app), '/', await world.bearer())).status).toBe(500)
})

it('is typed', () => {
  expectTypeOf(getAuth).returns.toEqualTypeOf<AuthContext>()
  expectTypeOf<FastifyInstance['requireAuth']>().toEqualTypeOf<FastifyAuth['requireAuth']>()
  expectTypeOf<FastifyAuthOptions['name']>().toEqualTypeOf<string | undefined>()
})
