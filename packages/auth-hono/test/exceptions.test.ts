import { EventEmitter } from 'node:events'
import type { AddressInfo } from 'node:net'
import { runInNewContext } from 'node:vm'

import { serve as listen, upgradeWebSocket } from '@hono/node-server'
import { Hono } from 'hono'
import type { Context, ErrorHandler, Handler, MiddlewareHandler } from 'hono'
import { every, except, some } from 'hono/combine'
import { cors } from 'hono/cors'
import { HTTPException } from 'hono/http-exception'
import { stream } from 'hono/streaming'
import { timeout } from 'hono/timeout'
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest'

import { createAuth, isAuthError } from '../src/index.js'
import type { HonoAuth } from '../src/index.js'
import { serve } from './serve.js'
import { createWorld, lacksScope, noCredentials, noCredentialsFor, send, withHeaders } from '@acme/tests-adapters'
import type { Header, World } from '@acme/tests-adapters'

let world: World
let auth: HonoAuth
beforeAll(async () => {
  world = await createWorld()
  auth = createAuth(world.options)
})
afterEach(() => {
  vi.restoreAllMocks()
})
afterAll(() => world.issuer.close())

const done: Handler = (c) => c.text('done')

/** Answers with the exception's own response, as Hono's documentation has it, and keeps what it gets. */
function ownResponse() {
  return vi.fn<ErrorHandler>((error) =>
    error instanceof HTTPException ? error.getResponse() : new Response('fault', { status: 500 }),
  )
}

function onlyError(onError: ReturnType<typeof ownResponse>): Error {
  const [call, ...others] = onError.mock.calls
  expect(others).toEqual([])
  if (call === undefined) throw new Error('onError was not called')
  return call[0]
}

describe('a refusal', () => {
  it('is an HTTPException for onError, with the AuthError as its cause', async () => {
    const onError = ownResponse()
    const port = await serve(new Hono().get('/', auth.requireAuth('read'), done).onError(onError))
    expect(await send(port, '/', await world.bearer())).toEqual(lacksScope('read'))
    const error = onlyError(onError)
    expect(error).toBeInstanceOf(HTTPException)
    expect(error).toMatchObject({ status: 403, message: 'The access token lacks a required scope' })
    expect(isAuthError(error.cause)).toBe(true)
    expect(error.cause).toMatchObject({ reason: 'scope_missing', detail: 'lacks read', status: 403 })
  })

  it('may be answered in another way, without its challenge', async () => {
    const onError: ErrorHandler = (error, c) => c.json({ problem: error.message }, 418)
    const port = await serve(new Hono().get('/', auth.requireAuth(), done).onError(onError))
    expect(await send(port, '/')).toEqual({
      status: 418,
      headers: ['content-length: 41', 'content-type: application/json'],
      body: '{"problem":"An access token is required"}',
    })
  })

  const apps: readonly (readonly [string, (guard: MiddlewareHandler) => Hono])[] = [
    ['one handler', (guard) => new Hono().get('/', guard, done)],
    ['app.use', (guard) => new Hono().use(guard).get('/', done)],
    ['nothing behind it', (guard) => new Hono().use('/', guard)],
    ['a sub-application', (guard) => new Hono().route('/', new Hono().get('/', guard, done))],
    ['every()', (guard) => new Hono().get('/', every(guard, guard), done)],
    ['some()', (guard) => new Hono().get('/', some(guard, guard), done)],
    ['except()', (guard) => new Hono().get('/', except('/public/*', guard), done)],
    ['timeout()', (guard) => new Hono().get('/', timeout(60_000), guard, done)],
    [
      'a stream',
      (guard) => new Hono().get('/', guard, (c) => stream(c, async (out) => void (await out.write('done')))),
    ],
  ]

  it.each(apps)('has the same bytes with and without onError: %s', async (_name, make) => {
    const plain = await serve(make(auth.requireAuth()))
    const handled = await serve(make(auth.requireAuth()).onError(ownResponse()))
    for (const port of [plain, handled]) {
      expect(await send(port, '/')).toEqual(noCredentials)
      expect(await send(port, '/', [], 'HEAD')).toEqual({ ...noCredentials, body: '' })
    }
  })

  it.each(apps)('lets the request pass when it may: %s', async (name, make) => {
    const port = await serve(make(auth.requireAuth()).onError(ownResponse()))
    const answer = await send(port, '/', await world.bearer())
    expect(answer.status).toBe(name === 'nothing behind it' ? 404 : 200)
  })

  it.each([
    ['without onError', undefined],
    ['with the response of the exception', ownResponse()],
  ])('keeps the headers that were set before, and cookies once: %s', async (_name, onError) => {
    const ORIGIN: Header = ['Origin', 'https://app.example.com']
    const before: MiddlewareHandler = async (c, next) => {
      c.header('X-Before', 'c.header')
      c.res.headers.set('X-Direct', 'c.res')
      c.res.headers.append('Set-Cookie', 'a=1')
      c.res.headers.append('Set-Cookie', 'b=2')
      await next()
    }
    const app = new Hono().use(cors({ origin: 'https://app.example.com' })).use(before)
    app.get('/', auth.requireAuth(), done)
    if (onError !== undefined) app.onError(onError)
    const added = [
      'access-control-allow-origin: https://app.example.com',
      'set-cookie: a=1',
      'set-cookie: b=2',
      'vary: Origin',
      'x-before: c.header',
      'x-direct: c.res',
    ]
    expect(await send(await serve(app), '/', [ORIGIN])).toEqual(withHeaders(noCredentials, ...added))
  })

  it('is there for middleware further out, in c.error', async () => {
    const seen: (Error | undefined)[] = []
    const log: MiddlewareHandler = async (c, next) => {
      await next()
      seen.push(c.error)
      c.header('X-Status', String(c.res.status))
    }
    const port = await serve(new Hono().use(log).get('/', auth.requireAuth(), done))
    expect(await send(port, '/')).toEqual(withHeaders(noCredentials, 'x-status: 401'))
    expect(seen).toEqual([expect.any(HTTPException)])
  })

  it('meets the onError of a sub-application, and not that of its parent', async () => {
    const [inner, outer] = [ownResponse(), ownResponse()]
    const sub = new Hono().get('/', auth.requireAuth(), done).onError(inner)
    const port = await serve(new Hono().route('/sub', sub).onError(outer))
    expect(await send(port, '/sub')).toEqual(noCredentials)
    expect(onlyError(inner)).toBeInstanceOf(HTTPException)
    expect(outer).not.toHaveBeenCalled()
  })

  it('stays within a mounted application', async () => {
    const [inner, outer] = [ownResponse(), ownResponse()]
    const mounted = new Hono().get('/c', auth.requireAuth(), done)
    const plain = await serve(new Hono().mount('/a', mounted.fetch).onError(outer))
    expect(await send(plain, '/a/c')).toEqual(noCredentials)
    const handled = await serve(new Hono().mount('/a', mounted.onError(inner).fetch).onError(outer))
    expect(await send(handled, '/a/c')).toEqual(noCredentials)
    expect(onlyError(inner)).toBeInstanceOf(HTTPException)
    expect(outer).not.toHaveBeenCalled()
  })
})

describe('hono/combine', () => {
  it('some() goes on to the next guard', async () => {
    const port = await serve(new Hono().get('/', some(auth.requireAuth('a'), auth.requireAuth('b')), done))
    expect(await send(port, '/', await world.bearer({ scope: 'a' }))).toMatchObject({ status: 200, body: 'done' })
    expect(await send(port, '/', await world.bearer({ scope: 'b' }))).toMatchObject({ status: 200, body: 'done' })
    expect(await send(port, '/', await world.bearer({ scope: 'c' }))).toEqual(lacksScope('b'))
    expect(await send(port, '/')).toEqual(noCredentialsFor('b'))
  })

  it('some() has nothing left of a refusal when the next guard passes', async () => {
    const port = await serve(new Hono().get('/', some(auth.requireAuth('a'), auth.requireAuth('b')), done))
    expect(await send(port, '/', await world.bearer({ scope: 'b' }))).toEqual({
      status: 200,
      headers: ['content-length: 4', 'content-type: text/plain; charset=UTF-8'],
      body: 'done',
    })
  })

  it('some() takes another condition in place of a token', async () => {
    const inside = (c: Context): boolean => c.req.header('x-inside') === 'yes'
    const port = await serve(new Hono().get('/', some(inside, auth.requireAuth()), done))
    expect(await send(port, '/', [['X-Inside', 'yes']])).toMatchObject({ status: 200, body: 'done' })
    expect(await send(port, '/')).toEqual(noCredentials)
    const reversed = await serve(new Hono().get('/', some(auth.requireAuth(), inside), done))
    expect(await send(reversed, '/', [['X-Inside', 'yes']])).toMatchObject({ status: 200, body: 'done' })
  })

  it('every() stops at the first refusal', async () => {
    const second = vi.fn<MiddlewareHandler>(async (_c, next) => next())
    const port = await serve(new Hono().get('/', every(auth.requireAuth('a'), second), done))
    expect(await send(port, '/', await world.bearer({ scope: 'b' }))).toEqual(lacksScope('a'))
    expect(second).not.toHaveBeenCalled()
    expect(await send(port, '/', await world.bearer({ scope: 'a' }))).toMatchObject({ status: 200, body: 'done' })
  })

  it('except() leaves out what it says', async () => {
    const port = await serve(
      new Hono().use(except('/public/*', auth.requireAuth())).get('/public/x', done).get('/x', done),
    )
    expect(await send(port, '/public/x')).toMatchObject({ status: 200, body: 'done' })
    expect(await send(port, '/x')).toEqual(noCredentials)
  })
})

describe('the handshake of a WebSocket', () => {
  /** A stand-in for the server of `ws`, which must not be reached. */
  class Sockets extends EventEmitter {
    readonly options = { noServer: true }
    readonly handleUpgrade = vi.fn<() => void>()
    close(): void {}
  }

  it('is refused before it', async () => {
    const onError = ownResponse()
    const app = new Hono()
      .get(
        '/ws',
        auth.requireAuth(),
        upgradeWebSocket(() => ({})),
      )
      .onError(onError)
    const sockets = new Sockets()
    const port = await new Promise<number>((resolve) => {
      const websocket = { server: sockets }
      const listening = { fetch: app.fetch, port: 0, hostname: '127.0.0.1', websocket }
      const server = listen(listening, (address: AddressInfo) => resolve(address.port))
      onTestFinished(() => new Promise<void>((closed) => server.close(() => closed())))
    })
    const answer = await send(port, '/ws', [
      ['Connection', 'Upgrade'],
      ['Upgrade', 'websocket'],
      ['Sec-WebSocket-Version', '13'],
      ['Sec-WebSocket-Key', 'AAAAAAAAAAAAAAAAAAAAAA=='],
    ])
    expect(answer.status).toBe(401)
    expect(answer.headers).toContain('www-authenticate: Bearer realm="api", DPoP algs="ES256"')
    expect(onlyError(onError)).toBeInstanceOf(HTTPException)
    expect(sockets.handleUpgrade).not.toHaveBeenCalled()
  })
})

const reasons: readonly (readonly [string, unknown])[] = [
  ['nothing', undefined],
  ['null', null],
  ['false', false],
  ['true', true],
  ['0', 0],
  ['an empty text', ''],
  ['a text', 'route'],
  ['an object with a status', { statusCode: 200, status: 200 }],
  ['a response', new Response('fine')],
  ['an accepted outcome', { ok: true, auth: null, headers: {} }],
  ['a frozen error', Object.freeze(new Error('frozen'))],
  ['an error of another realm', runInNewContext("new Error('elsewhere')")],
  ['an error with a status', Object.assign(new Error('gone'), { status: 404 })],
  ['an exception of Hono', new HTTPException(401, { message: 'no' })],
  ['an exception of Hono that is an answer', new HTTPException(200, { res: new Response('fine') })],
  // oxlint-disable-next-line unicorn/no-thenable -- on purpose
  ['a thenable', { then: (resolve: (value: boolean) => void) => resolve(true) }],
  ['a proxy', new Proxy({}, { get: () => 'anything', has: () => true })],
  ['a symbol', Symbol('reason')],
]

const places: readonly (readonly [string, (guard: MiddlewareHandler, handler: Handler) => Hono])[] = [
  ['one handler', (guard, handler) => new Hono().get('/', guard, handler)],
  ['the only middleware', (guard) => new Hono().use('/', guard)],
  ['a sub-application', (guard, handler) => new Hono().route('/', new Hono().use(guard).get('/', handler))],
  ['some()', (guard, handler) => new Hono().get('/', some(guard, guard), handler)],
  ['every()', (guard, handler) => new Hono().get('/', every(guard), handler)],
]

describe.each(places)('whatever the resource server throws, in %s', (_place, make) => {
  it.each(reasons)('%s: 500, and an Error for onError', async (_name, reason) => {
    vi.spyOn(console, 'error').mockReturnValue()
    const handler = vi.fn<Handler>(done)
    const seen: Error[] = []
    const onError: ErrorHandler = (error, c) => {
      seen.push(error)
      return c.text('fault', 500)
    }
    for (const guard of [auth.requireAuth('read'), auth.optionalAuth()]) {
      const plain = await serve(make(guard, handler))
      const handled = await serve(make(guard, handler).onError(onError))
      const spy = vi.spyOn(auth.resourceServer, 'authenticate').mockImplementation(() => Promise.reject(reason))
      for (const headers of [[], await world.bearer({ scope: 'read' })]) {
        expect(await send(plain, '/', headers)).toMatchObject({ status: 500, body: 'Internal Server Error' })
        expect(await send(handled, '/', headers)).toMatchObject({ status: 500, body: 'fault' })
      }
      expect(spy).toHaveBeenCalled()
    }
    expect(handler).not.toHaveBeenCalled()
    expect(seen).toHaveLength(4)
    for (const error of seen) {
      expect(error).toBeInstanceOf(Error)
      expect(error).not.toBeInstanceOf(HTTPException)
    }
  })
})

it.each([
  ['nothing', undefined],
  ['true', true],
  ['an empty object', {}],
  ['a decision that is not made', { ok: 'yes', auth: null, headers: {} }],
])('a resource server that answers %s lets nobody pass', async (_name, answer) => {
  vi.spyOn(console, 'error').mockReturnValue()
  const handler = vi.fn<Handler>(done)
  vi.spyOn(auth.resourceServer, 'authenticate').mockResolvedValue(answer as never) // not its answer
  const port = await serve(new Hono().get('/', auth.requireAuth(), handler))
  expect((await send(port, '/', await world.bearer())).status).toBe(500)
  expect(handler).not.toHaveBeenCalled()
})
