import type { ReplayResult } from '@acme/auth-core'
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'

import { getAuth } from '../src/index.js'
import type { AuthOptions } from '../src/index.js'
import { createApp, serve } from './serve.js'
import {
  createWorld,
  expired,
  lacksScope,
  noCredentials,
  noCredentialsFor,
  replayUnavailable,
  send,
} from '@acme/tests-adapters'
import type { World } from '@acme/tests-adapters'

/** A resolver of issuers, as an option. */
type IssuerResolver = Extract<AuthOptions['issuers'], (issuer: string) => unknown>

let world: World
beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world.issuer.close())

const down = new Error('the directory is down')

function throws(error: Error): () => never {
  return () => {
    throw error
  }
}

type ErrorHandler = (error: FastifyError, request: FastifyRequest, reply: FastifyReply) => void

/** Answers with the error's message and keeps the error. */
function errorHandler() {
  return vi.fn<ErrorHandler>((error, _request, reply) => void reply.code(418).send(error.message))
}

describe('a fault is not an answer about the token', () => {
  const resolvers: readonly (readonly [string, IssuerResolver])[] = [
    ['throws', throws(down)],
    ['rejects', () => Promise.reject(down)],
  ]
  const defaultBody = '{"statusCode":500,"error":"Internal Server Error","message":"the directory is down"}'

  it.each(resolvers)('an issuer resolver that %s is an outage, and meets no error handler', async (_name, issuers) => {
    const handler = vi.fn<() => string>(() => 'passed')
    const onError = errorHandler()
    const app = await createApp({ audience: world.options.audience, issuers })
    app.setErrorHandler(onError)
    app.get('/', { preHandler: app.requireAuth() }, handler)
    const answer = await send(await serve(app), '/', await world.bearer())
    expect(answer.status).toBe(503)
    expect(JSON.parse(answer.body)).toMatchObject({ error: 'temporarily_unavailable', code: 'NET_3001' })
    expect(answer.headers.some((header) => header.startsWith('retry-after: '))).toBe(true)
    expect(answer.headers.filter((header) => header.startsWith('www-auth'))).toEqual([])
    expect(handler).not.toHaveBeenCalled()
    expect(onError).not.toHaveBeenCalled()
  })

  it("a claim predicate that throws: Fastify's own answer", async () => {
    const handler = vi.fn<() => string>(() => 'passed')
    const app = await createApp(world.options)
    app.get('/', { preHandler: app.requireAuth({ claims: { sub: throws(down) } }) }, handler)
    expect(await send(await serve(app), '/', await world.bearer())).toEqual({
      status: 500,
      headers: [`content-length: ${defaultBody.length}`, 'content-type: application/json; charset=utf-8'],
      body: defaultBody,
    })
    expect(handler).not.toHaveBeenCalled()
  })

  it("a claim predicate that throws: the application's error handler, once", async () => {
    const handler = vi.fn<() => string>(() => 'passed')
    const onError = errorHandler()
    const app = await createApp(world.options)
    app.setErrorHandler(onError)
    app.get('/', { onRequest: app.requireAuth({ claims: { sub: throws(down) } }) }, handler)
    const answer = await send(await serve(app), '/', await world.bearer())
    expect(answer).toMatchObject({ status: 418, body: 'the directory is down' })
    expect(onError.mock.calls.map(([error]) => error)).toEqual([down])
    expect(handler).not.toHaveBeenCalled()
  })

  it('on a request without a route', async () => {
    const app = await createApp(world.options)
    app.addHook('onRequest', app.requireAuth({ claims: { sub: throws(down) } }))
    expect(await send(await serve(app), '/nothing', await world.bearer())).toMatchObject({
      status: 500,
      body: defaultBody,
    })
  })

  it('an outage does not stay: the next request is decided anew', async () => {
    const lookUp = vi.fn<IssuerResolver>((issuer) => ({ issuer }))
    lookUp.mockRejectedValueOnce(down)
    const app = await createApp({ audience: world.options.audience, issuers: lookUp })
    app.get('/', { preHandler: app.requireAuth() }, (request) => getAuth(request).subject)
    const port = await serve(app)
    expect((await send(port, '/', await world.bearer())).status).toBe(503)
    expect(await send(port, '/', await world.bearer())).toMatchObject({ status: 200, body: 'user-1' })
  })
})

describe('a replay store', () => {
  const stores: readonly (readonly [string, () => ReplayResult | Promise<ReplayResult>])[] = [
    ['throws', throws(new Error('ECONNREFUSED'))],
    ['rejects', () => Promise.reject(new Error('ECONNREFUSED'))],
    // @ts-expect-error -- silence must not let a proof through
    ['answers nothing', () => Promise.resolve()],
  ]

  it.each(stores)('that %s refuses with 503', async (_name, reserve) => {
    const handler = vi.fn<() => string>(() => 'passed')
    const onError = errorHandler()
    const app = await createApp({ ...world.options, dpop: { replay: { reserve } } })
    app.setErrorHandler(onError)
    app.get('/', { preHandler: app.requireAuth() }, handler)
    const headers = [['Host', 'api.example.com'] as const, ...(await world.dpop('http://api.example.com/'))]
    expect(await send(await serve(app), '/', headers)).toEqual(replayUnavailable)
    expect(handler).not.toHaveBeenCalled()
    expect(onError).not.toHaveBeenCalled()
  })
})

describe('an event hook', () => {
  const hooks: readonly (readonly [string, () => void])[] = [
    ['throws', throws(new Error('the log is full'))],
    ['rejects', () => Promise.reject(new Error('the log is full'))],
  ]

  it.each(hooks)('that %s changes no decision', async (_name, onEvent) => {
    const app = await createApp({ ...world.options, onEvent })
    app.get('/', { preHandler: app.requireAuth('read') }, (request) => getAuth(request).subject)
    const port = await serve(app)
    expect(await send(port, '/')).toEqual(noCredentialsFor('read'))
    expect(await send(port, '/', await world.bearer({ expiresIn: -60 }))).toEqual(expired)
    expect(await send(port, '/', await world.bearer())).toEqual(lacksScope('read'))
    expect(await send(port, '/', await world.bearer({ scope: 'read' }))).toMatchObject({ status: 200, body: 'user-1' })
  })
})

describe('errors of the application', () => {
  const broken = Object.assign(new Error('broken'), { statusCode: 409 })

  it.each(['throws', 'rejects', 'sends'])('a handler that %s: the default answer', async (how) => {
    const app = await createApp(world.options)
    app.get('/', { preHandler: app.requireAuth() }, async (_request, reply) => {
      if (how === 'sends') return reply.send(broken)
      return how === 'throws' ? throws(broken)() : Promise.reject(broken)
    })
    const { status, body } = await send(await serve(app), '/', await world.bearer())
    expect({ status, body }).toEqual({ status: 409, body: '{"statusCode":409,"error":"Conflict","message":"broken"}' })
  })

  it("the application's error handler, once", async () => {
    const onError = errorHandler()
    const app = await createApp(world.options)
    app.setErrorHandler(onError)
    app.get('/', { preHandler: app.requireAuth() }, throws(broken))
    expect(await send(await serve(app), '/', await world.bearer())).toMatchObject({ status: 418, body: 'broken' })
    expect(onError.mock.calls.map(([error]) => error)).toEqual([broken])
  })

  it('the error handler of a scope, and not that of its parent', async () => {
    const outer = errorHandler()
    const inner = errorHandler()
    const app = await createApp(world.options)
    app.setErrorHandler(outer)
    await app.register(async (child) => {
      child.setErrorHandler(inner)
      child.get('/', { preHandler: child.requireAuth() }, throws(broken))
    })
    expect(await send(await serve(app), '/', await world.bearer())).toMatchObject({ status: 418, body: 'broken' })
    expect(inner).toHaveBeenCalledTimes(1)
    expect(outer).not.toHaveBeenCalled()
  })

  it('an error handler that hands on reaches the one above', async () => {
    const outer = errorHandler()
    const app = await createApp(world.options)
    app.setErrorHandler(outer)
    await app.register(async (child) => {
      child.setErrorHandler((error, _request, reply) => reply.send(error))
      child.get('/', { preHandler: child.requireAuth() }, throws(broken))
    })
    expect(await send(await serve(app), '/', await world.bearer())).toMatchObject({ status: 418, body: 'broken' })
    expect(outer.mock.calls.map(([error]) => error)).toEqual([broken])
  })

  it('the error handler of a route', async () => {
    const outer = errorHandler()
    const own = errorHandler()
    const app = await createApp(world.options)
    app.setErrorHandler(outer)
    app.get('/', { preHandler: app.requireAuth(), errorHandler: own }, throws(broken))
    expect(await send(await serve(app), '/', await world.bearer())).toMatchObject({ status: 418, body: 'broken' })
    expect(own).toHaveBeenCalledTimes(1)
    expect(outer).not.toHaveBeenCalled()
  })

  it('a schema that does not hold', async () => {
    const app = await createApp(world.options)
    const schema = { querystring: { type: 'object', required: ['page'] } }
    app.get('/', { onRequest: app.requireAuth(), schema }, () => 'done')
    const port = await serve(app)
    expect(await send(port, '/')).toEqual(noCredentials)
    expect((await send(port, '/', await world.bearer())).status).toBe(400)
  })

  it.each(['root', 'scope'])('a refusal meets no error handler of the %s', async (where) => {
    const onError = errorHandler()
    const app = await createApp(world.options)
    if (where === 'root') app.setErrorHandler(onError)
    await app.register(async (child) => {
      if (where === 'scope') child.setErrorHandler(onError)
      child.get('/', { preHandler: child.requireAuth('read') }, () => 'done')
    })
    const port = await serve(app)
    expect(await send(port, '/')).toEqual(noCredentialsFor('read'))
    expect(await send(port, '/', await world.bearer())).toEqual(lacksScope('read'))
    expect(onError).not.toHaveBeenCalled()
  })
})
