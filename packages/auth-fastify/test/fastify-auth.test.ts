import fastifyAuth from '@fastify/auth'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { getAuth } from '../src/index.js'
import type { AuthOptions } from '../src/index.js'
import { createApp, serve } from './serve.js'
import { createWorld, expired, lacksScope, noCredentialsFor, replayed, send } from '@acme/tests-adapters'
import type { Header, World } from '@acme/tests-adapters'

let world: World
beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world.issuer.close())

const HOST: Header = ['Host', 'internal.test']

async function appWith(options: AuthOptions): Promise<FastifyInstance> {
  const app = await createApp(options)
  await app.register(fastifyAuth)
  return app
}

type Guards = Parameters<FastifyInstance['auth']>

/** Serves one route behind `fastify.auth(...)`. */
async function guardedBy(
  guards: (app: FastifyInstance) => Guards,
  options: AuthOptions = world.options,
): Promise<number> {
  const app = await appWith(options)
  app.get('/', { preHandler: app.auth(...guards(app)) }, (request) => getAuth(request).subject)
  return serve(app)
}

/** Another way to authenticate, as applications have them. */
async function apiKey(request: FastifyRequest): Promise<void> {
  if (request.headers['x-api-key'] !== 'secret') throw new Error('no API key')
}

/** The answer to a request that reaches the handler: nothing of a failed attempt is left in it. */
const passed = {
  status: 200,
  headers: ['content-length: 6', 'content-type: text/plain; charset=utf-8'],
  body: 'user-1',
}

describe('or', () => {
  const either = (app: FastifyInstance): Guards => [[app.requireAuth('a'), app.requireAuth('b')]]

  it('refuses when all fail, as the last one does', async () => {
    const port = await guardedBy(either)
    expect(await send(port, '/')).toEqual(noCredentialsFor('b'))
    expect(await send(port, '/', await world.bearer({ scope: 'a', expiresIn: -60 }))).toEqual(expired)
    expect(await send(port, '/', await world.bearer({ scope: 'c' }))).toEqual(lacksScope('b'))
  })

  it.each(['a', 'b'])('passes when one does: %s', async (scope) => {
    expect(await send(await guardedBy(either), '/', await world.bearer({ scope }))).toEqual(passed)
  })

  it('takes a proof once for all attempts', async () => {
    const port = await guardedBy(either)
    const headers = [HOST, ...(await world.dpop('http://internal.test/', { scope: 'b' }))]
    expect(await send(port, '/', headers)).toEqual(passed)
    expect(await send(port, '/', headers)).toEqual(replayed)
  })

  it('with run all, passes and leaves no trace', async () => {
    const port = await guardedBy((app) => [
      [app.requireAuth('a'), app.requireAuth('b'), app.requireAuth('c')],
      { run: 'all' },
    ])
    expect(await send(port, '/', await world.bearer({ scope: 'b' }))).toEqual(passed)
    expect(await send(port, '/', await world.bearer({ scope: 'd' }))).toEqual(lacksScope('c'))
  })

  it('after another method that failed, refuses with the challenge', async () => {
    const port = await guardedBy((app) => [[apiKey, app.requireAuth('a')]])
    expect(await send(port, '/')).toEqual(noCredentialsFor('a'))
    expect(await send(port, '/', await world.bearer())).toEqual(lacksScope('a'))
    expect(await send(port, '/', await world.bearer({ scope: 'a' }))).toEqual(passed)
  })

  it('with another method that passes, attaches no caller', async () => {
    const app = await appWith(world.options)
    app.get('/', { preHandler: app.auth([app.requireAuth('a'), apiKey]) }, (request) => JSON.stringify(request.auth))
    const port = await serve(app)
    const key: Header = ['X-Api-Key', 'secret']
    expect(await send(port, '/', [key])).toMatchObject({ status: 200, body: 'null' })
    expect(await send(port, '/', [key, ...(await world.bearer())])).toMatchObject({ status: 200, body: 'null' })
  })

  it('with another method last that fails, is answered as that method wants', async () => {
    const port = await guardedBy((app) => [[app.requireAuth('a'), apiKey]])
    const { status, body } = await send(port, '/')
    expect({ status, body }).toEqual({
      status: 401,
      body: '{"statusCode":401,"error":"Unauthorized","message":"no API key"}',
    })
  })
})

describe('and', () => {
  const both = (app: FastifyInstance): Guards => [[app.requireAuth('a'), app.requireAuth('b')], { relation: 'and' }]

  it('refuses as the first that fails', async () => {
    const port = await guardedBy(both)
    expect(await send(port, '/')).toEqual(noCredentialsFor('a'))
    expect(await send(port, '/', await world.bearer({ scope: 'b' }))).toEqual(lacksScope('a'))
    expect(await send(port, '/', await world.bearer({ scope: 'a' }))).toEqual(lacksScope('b'))
  })

  it('passes when both do, with one proof', async () => {
    const port = await guardedBy(both)
    expect(await send(port, '/', await world.bearer({ scope: 'a b' }))).toEqual(passed)
    const headers = [HOST, ...(await world.dpop('http://internal.test/', { scope: 'a b' }))]
    expect(await send(port, '/', headers)).toEqual(passed)
  })

  it('of groups: (a and b) or c', async () => {
    const port = await guardedBy((app) => [[[app.requireAuth('a'), app.requireAuth('b')], app.requireAuth('c')]])
    expect(await send(port, '/', await world.bearer({ scope: 'a' }))).toEqual(lacksScope('c'))
    expect(await send(port, '/', await world.bearer({ scope: 'c' }))).toEqual(passed)
    expect(await send(port, '/', await world.bearer({ scope: 'a b' }))).toEqual(passed)
  })
})

describe('a fault', () => {
  const sub = (): never => {
    throw new Error('the directory is down')
  }

  it.each(['or', 'and'] as const)('is 500 and not 401, in relation %s', async (relation) => {
    const wanted = { claims: { sub } }
    const port = await guardedBy((app) => [[app.requireAuth(wanted), app.requireAuth(wanted)], { relation }])
    const answer = await send(port, '/', await world.bearer({ scope: 'a b' }))
    expect({ status: answer.status, body: answer.body }).toEqual({
      status: 500,
      body: '{"statusCode":500,"error":"Internal Server Error","message":"the directory is down"}',
    })
  })
})
