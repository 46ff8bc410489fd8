import type { ReplayResult } from '@acme/auth-core'
import { Hono } from 'hono'
import type { ErrorHandler, Handler } from 'hono'
import { HTTPException } from 'hono/http-exception'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'

import { createAuth } from '../src/index.js'
import type { HonoAuthOptions } from '../src/index.js'
import { serve } from './serve.js'
import { createWorld, expired, lacksScope, noCredentialsFor, replayUnavailable, send } from '@acme/tests-adapters'
import type { World } from '@acme/tests-adapters'

/** A resolver of issuers, as an option. */
type IssuerResolver = Extract<HonoAuthOptions['issuers'], (issuer: string) => unknown>

let world: World
beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world.issuer.close())
afterEach(() => {
  vi.restoreAllMocks()
})

const down = new Error('the directory is down')

function throws(error: Error): () => never {
  return () => {
    throw error
  }
}

/** A handler that is watched. */
function watched() {
  return vi.fn<Handler>((c) => c.text('done'))
}

/** Answers with the error's message and keeps the error. */
function errorHandler() {
  return vi.fn<ErrorHandler>((error, c) => c.text(error.message, 418))
}

describe('a fault is not an answer about the token', () => {
  const resolvers: readonly (readonly [string, IssuerResolver])[] = [
    ['throws', throws(down)],
    ['rejects', () => Promise.reject(down)],
  ]

  it.each(resolvers)('an issuer resolver that %s is an outage: 503', async (_name, issuers) => {
    const onError = errorHandler()
    const handler = watched()
    const auth = createAuth({ audience: world.options.audience, issuers })
    const answer = await send(await serve(new Hono().get('/', auth.requireAuth(), handler)), '/', await world.bearer())
    expect(answer.status).toBe(503)
    expect(JSON.parse(answer.body)).toMatchObject({ error: 'temporarily_unavailable', code: 'NET_3001' })
    expect(answer.headers.filter((header) => header.startsWith('www-auth'))).toEqual([])
    const app = new Hono().use(auth.requireAuth()).get('/', handler)
    await send(await serve(app.onError(onError)), '/', await world.bearer())
    expect(onError.mock.calls.map(([{ cause }]) => cause)).toEqual([expect.objectContaining({ cause: down })])
    expect(handler).not.toHaveBeenCalled()
  })

  it("a claim predicate that throws: Hono's own answer", async () => {
    const logged = vi.spyOn(console, 'error').mockReturnValue()
    const handler = watched()
    const guard = createAuth(world.options).requireAuth({ claims: { sub: throws(down) } })
    const answer = await send(await serve(new Hono().get('/', guard, handler)), '/', await world.bearer())
    expect({ status: answer.status, body: answer.body }).toEqual({ status: 500, body: 'Internal Server Error' })
    expect(answer.headers.filter((header) => /^(www-auth|cache-control)/.test(header))).toEqual([])
    expect(logged.mock.calls).toEqual([[down]])
    expect(handler).not.toHaveBeenCalled()
  })

  it("a claim predicate that throws: the application's onError, once", async () => {
    const onError = errorHandler()
    const handler = watched()
    const guard = createAuth(world.options).requireAuth({ claims: { sub: throws(down) } })
    const port = await serve(new Hono().get('/', guard, handler).onError(onError))
    expect(await send(port, '/', await world.bearer())).toMatchObject({ status: 418, body: 'the directory is down' })
    expect(onError.mock.calls.map(([error]) => error)).toEqual([down])
    expect(handler).not.toHaveBeenCalled()
  })

  it('does not stay: the next request is decided anew', async () => {
    const lookUp = vi.fn<IssuerResolver>((issuer) => ({ issuer }))
    lookUp.mockRejectedValueOnce(down)
    const auth = createAuth({ audience: world.options.audience, issuers: lookUp })
    const port = await serve(new Hono().get('/', auth.requireAuth(), watched()).onError(errorHandler()))
    expect((await send(port, '/', await world.bearer())).status).toBe(418)
    expect(await send(port, '/', await world.bearer())).toMatchObject({ status: 200, body: 'done' })
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
    const onError = errorHandler()
    const handler = watched()
    const auth = createAuth({ ...world.options, dpop: { replay: { reserve } } })
    const port = await serve(new Hono().get('/', auth.requireAuth(), handler).onError(onError))
    const plain = await serve(new Hono().get('/', auth.requireAuth(), handler))
    const headers = [['Host', 'api.example.com'] as const, ...(await world.dpop('http://api.example.com/'))]
    expect(await send(plain, '/', headers)).toEqual(replayUnavailable)
    expect((await send(port, '/', headers)).status).toBe(418)
    expect(onError.mock.calls.map(([error]) => error)).toEqual([expect.objectContaining({ status: 503 })])
    expect(handler).not.toHaveBeenCalled()
  })
})

describe('an event hook', () => {
  const hooks: readonly (readonly [string, () => void])[] = [
    ['throws', throws(new Error('the log is full'))],
    ['rejects', () => Promise.reject(new Error('the log is full'))],
  ]

  it.each(hooks)('that %s changes no decision', async (_name, onEvent) => {
    const auth = createAuth({ ...world.options, onEvent })
    const port = await serve(new Hono().get('/', auth.requireAuth('read'), watched()))
    expect(await send(port, '/')).toEqual(noCredentialsFor('read'))
    expect(await send(port, '/', await world.bearer({ expiresIn: -60 }))).toEqual(expired)
    expect(await send(port, '/', await world.bearer())).toEqual(lacksScope('read'))
    expect(await send(port, '/', await world.bearer({ scope: 'read' }))).toMatchObject({ status: 200, body: 'done' })
  })
})

describe('errors of the application', () => {
  const broken = new Error('broken')

  it.each([
    ['throws', throws(broken)],
    ['rejects', () => Promise.reject(broken)],
  ])('a handler that %s meets onError once', async (_name, handler) => {
    const onError = errorHandler()
    const auth = createAuth(world.options)
    const app = new Hono().use(auth.requireAuth()).get('/', auth.requireAuth(), handler).onError(onError)
    expect(await send(await serve(app), '/', await world.bearer())).toMatchObject({ status: 418, body: 'broken' })
    expect(onError.mock.calls.map(([error]) => error)).toEqual([broken])
  })

  it('a handler that throws an HTTPException gets its own answer', async () => {
    const auth = createAuth(world.options)
    const handler = throws(new HTTPException(409, { message: 'taken' }))
    const port = await serve(new Hono().get('/', auth.requireAuth(), handler))
    expect(await send(port, '/', await world.bearer())).toMatchObject({ status: 409, body: 'taken' })
  })

  it('the onError of a sub-application, and not that of its parent', async () => {
    const outer = errorHandler()
    const inner = errorHandler()
    const sub = new Hono().get('/', createAuth(world.options).requireAuth(), throws(broken)).onError(inner)
    const port = await serve(new Hono().route('/sub', sub).onError(outer))
    expect(await send(port, '/sub', await world.bearer())).toMatchObject({ status: 418, body: 'broken' })
    expect(inner).toHaveBeenCalledTimes(1)
    expect(outer).not.toHaveBeenCalled()
  })
})
