import { runInNewContext } from 'node:vm'

import type { ReplayStore } from '@acme/auth-core'
import { Hono } from 'hono'
import type { Context, ErrorHandler, Handler, MiddlewareHandler } from 'hono'
import { HTTPException } from 'hono/http-exception'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, expectTypeOf, it, vi } from 'vitest'

import { createAuth } from '../src/index.js'
import type { HonoAuth, HonoAuthOptions, HonoContextAuth } from '../src/index.js'
import { serve } from './serve.js'
import { createWorld, expired, forAnotherUrl, lacksScope, noCredentials, replayed, send } from '@acme/tests-adapters'
import type { Header, World } from '@acme/tests-adapters'

let world: World
let other: World
beforeAll(async () => {
  ;[world, other] = await Promise.all([createWorld(), createWorld()])
})
beforeEach(() => {
  // Of the many resource servers that these tests make on purpose.
  vi.spyOn(process, 'emitWarning').mockReturnValue()
})
afterEach(() => {
  vi.restoreAllMocks()
})
afterAll(() => Promise.all([world.issuer.close(), other.issuer.close()]))

const HOST: Header = ['Host', 'internal.test']
const URL = 'http://internal.test/'
const passed = { status: 200, body: 'user-1' }

interface Bindings {
  readonly ISSUER: string
  readonly AUDIENCE: string
}

/** What a Worker is given, for the tests in process and for those over sockets. */
const settings = (c: Context<{ Bindings: Partial<Bindings> }>): HonoAuthOptions => ({
  issuer: c.env.ISSUER ?? world.options.issuer,
  audience: c.env.AUDIENCE ?? world.options.audience,
})

function appOf({ requireAuth, optionalAuth }: HonoContextAuth) {
  return new Hono()
    .get('/', requireAuth(), (c) => c.text(String(c.var.auth.subject)))
    .get('/both', requireAuth(), requireAuth('read'), (c) => c.text(String(c.var.auth.subject)))
    .get('/optional', optionalAuth(), (c) => c.text(c.var.auth?.subject ?? 'nobody'))
}

describe('options as a function of the context', () => {
  it('guard as options do', async () => {
    const port = await serve(appOf(createAuth(settings)))
    expect(await send(port, '/')).toEqual(noCredentials)
    expect(await send(port, '/', await world.bearer({ expiresIn: -60 }))).toEqual(expired)
    expect(await send(port, '/', await world.bearer())).toMatchObject(passed)
    expect(await send(port, '/both', await world.bearer())).toEqual(lacksScope('read'))
    expect(await send(port, '/both', await world.bearer({ scope: 'read' }))).toMatchObject(passed)
    expect(await send(port, '/optional')).toMatchObject({ status: 200, body: 'nobody' })
    expect(await send(port, '/optional', await world.bearer())).toMatchObject(passed)
  })

  it('may be answered later', async () => {
    const port = await serve(appOf(createAuth(async (c: Context) => settings(c))))
    expect(await send(port, '/')).toEqual(noCredentials)
    expect(await send(port, '/', await world.bearer())).toMatchObject(passed)
  })

  it('fetch keys once, and accept a proof once, for all requests with equal options', async () => {
    const fetched = vi.fn<typeof fetch>((...args) => fetch(...args))
    const port = await serve(appOf(createAuth((c) => ({ ...settings(c), dpop: { mode: 'allowed' }, fetch: fetched }))))
    const headers = [HOST, ...(await world.dpop(URL))]
    expect(await send(port, '/', headers)).toMatchObject(passed)
    for (let count = 0; count < 20; count++) expect(await send(port, '/', headers)).toEqual(replayed)
    expect(fetched).toHaveBeenCalledTimes(2)
  })

  it('take a proof once for all guards of a request', async () => {
    const port = await serve(appOf(createAuth(settings)))
    const headers = [HOST, ...(await world.dpop('http://internal.test/both', { scope: 'read' }))]
    expect(await send(port, '/both', headers)).toMatchObject(passed)
    expect(await send(port, '/both', headers)).toEqual(replayed)
  })

  it('are of each request: tenants do not let in one another', async () => {
    const app = appOf(createAuth(settings))
    const ask = async (tenant: World, from: World): Promise<number> => {
      const headers = Object.fromEntries(await from.bearer())
      const env: Bindings = { ISSUER: tenant.options.issuer, AUDIENCE: tenant.options.audience }
      return (await app.request('/', { headers }, env)).status
    }
    for (let count = 0; count < 3; count++) {
      expect(await ask(world, world)).toBe(200)
      expect(await ask(other, other)).toBe(200)
      expect(await ask(world, other)).toBe(401)
      expect(await ask(other, world)).toBe(401)
    }
  })

  it('share a resource server when they are equal, and only then', async () => {
    const { resourceServerOf } = createAuth(settings)
    const seen: unknown[] = []
    const app = new Hono().get('/', async (c) => {
      seen.push(await resourceServerOf(c))
      return c.body(null)
    })
    for (const AUDIENCE of ['a', 'b', 'a']) await app.request('/', {}, { AUDIENCE })
    expect(seen[0]).toBe(seen[2])
    expect(seen[0]).not.toBe(seen[1])
  })

  it('trust the proxies that they say', async () => {
    const trusting = createAuth((c) => ({ ...settings(c), trustProxy: c.req.query('trust') === 'yes' }))
    const port = await serve(appOf(trusting))
    const outside = async (): Promise<Header[]> => [
      HOST,
      ['X-Forwarded-Host', 'api.example.com'],
      ...(await world.dpop('http://api.example.com/')),
    ]
    expect(await send(port, '/?trust=yes', await outside())).toMatchObject(passed)
    expect(await send(port, '/?trust=no', await outside())).toEqual(forAnotherUrl)
  })

  it('may bring a replay store', async () => {
    const replay = { reserve: vi.fn<ReplayStore['reserve']>(() => 'seen') }
    const port = await serve(appOf(createAuth((c) => ({ ...settings(c), dpop: { replay } }))))
    expect(await send(port, '/', [HOST, ...(await world.dpop(URL))])).toEqual(replayed)
    expect(replay.reserve).toHaveBeenCalledTimes(1)
  })
})

describe('a proof stays used', () => {
  it('although options are never equal, for they hold a function that is made anew', async () => {
    const port = await serve(appOf(createAuth((c) => ({ ...settings(c), onEvent: () => undefined }))))
    const headers = [HOST, ...(await world.dpop(URL))]
    expect(await send(port, '/', headers)).toMatchObject(passed)
    expect(await send(port, '/', headers)).toEqual(replayed)
  })

  it('when its resource server is forgotten among many', async () => {
    const app = appOf(createAuth(settings))
    const headers = Object.fromEntries(await world.dpop('http://localhost/'))
    const ask = async (AUDIENCE: string): Promise<number> => (await app.request('/', { headers }, { AUDIENCE })).status
    expect(await ask(world.options.audience)).toBe(200)
    for (let count = 0; count < 500; count++) expect(await ask(`https://tenant-${count}.test/`)).toBe(401)
    expect(await ask(world.options.audience)).toBe(400)
  })
})

const reasons: readonly (readonly [string, unknown])[] = [
  ['nothing', undefined],
  ['null', null],
  ['false', false],
  ['a text', 'route'],
  ['an object with a status', { status: 200, statusCode: 200 }],
  ['a response', new Response('fine')],
  ['an error', new Error('no such tenant')],
  ['an error of another realm', runInNewContext("new Error('elsewhere')")],
  ['an exception of Hono', new HTTPException(401, { message: 'no such tenant' })],
  ['a proxy', new Proxy({}, { get: () => 'anything', has: () => true })],
]

const bad: readonly (readonly [string, unknown])[] = [
  ['nothing', undefined],
  ['null', null],
  ['true', true],
  ['a text', 'tenant.auth0.com'],
  ['an empty object', {}],
  ['a list', []],
  ['a function', () => ({})],
  ['no audience', { domain: 'tenant.auth0.com' }],
  ['an undefined domain', { domain: undefined, audience: 'a' }],
  ['an unknown name', { domain: 'tenant.auth0.com', audience: 'a', dpopMode: 'required' }],
  ['dpop that is a list', { domain: 'tenant.auth0.com', audience: 'a', dpop: [] }],
  ['a bad trustProxy', { domain: 'tenant.auth0.com', audience: 'a', trustProxy: 'everybody' }],
]

/** Without the type of what the guard attaches. */
function withGuard(guard: MiddlewareHandler): Hono {
  return new Hono().use(guard)
}

describe('a fault of the function is a fault of the request', () => {
  async function refused(answer: (c: Context) => HonoAuthOptions | Promise<HonoAuthOptions>): Promise<void> {
    vi.spyOn(console, 'error').mockReturnValue()
    const { requireAuth, optionalAuth } = createAuth(answer)
    const handler = vi.fn<Handler>((c) => c.text('done'))
    const seen: Error[] = []
    const onError: ErrorHandler = (error, c) => {
      seen.push(error)
      return c.text('fault', 500)
    }
    for (const guard of [requireAuth(), optionalAuth()] as const) {
      const plain = await serve(withGuard(guard).get('/', handler))
      const handled = await serve(withGuard(guard).get('/', handler).onError(onError))
      for (const headers of [[], await world.bearer()]) {
        expect(await send(plain, '/', headers)).toMatchObject({ status: 500, body: 'Internal Server Error' })
        expect(await send(handled, '/', headers)).toMatchObject({ status: 500, body: 'fault' })
      }
    }
    expect(handler).not.toHaveBeenCalled()
    expect(seen).toHaveLength(4)
    for (const error of seen) {
      expect(error).toBeInstanceOf(Error)
      expect(error).not.toBeInstanceOf(HTTPException)
    }
  }

  it.each(reasons)('it throws %s', async (_name, reason) => {
    await refused(() => {
      throw reason
    })
  })

  it.each(reasons)('it rejects with %s', async (_name, reason) => {
    await refused(() => Promise.reject(reason))
  })

  it.each(bad)('it answers %s', async (_name, options) => {
    await refused(() => options as HonoAuthOptions) // it is not
  })

  it('and is over with the next request', async () => {
    vi.spyOn(console, 'error').mockReturnValue()
    const changing = vi.fn<(c: Context) => HonoAuthOptions>((c) => settings(c))
    changing.mockReturnValueOnce({ audience: 'a' })
    const port = await serve(appOf(createAuth(changing)))
    expect((await send(port, '/', await world.bearer())).status).toBe(500)
    expect(await send(port, '/', await world.bearer())).toMatchObject(passed)
  })

  it('a route that requires DPoP where it is disabled is one', async () => {
    vi.spyOn(console, 'error').mockReturnValue()
    const { requireAuth } = createAuth((c) => ({ ...settings(c), dpop: { mode: 'disabled' } }))
    const port = await serve(new Hono().get('/', requireAuth({ dpop: 'required' }), (c) => c.text('done')))
    expect((await send(port, '/', await world.bearer())).status).toBe(500)
  })
})

it('requirements of a wrong form throw when the guard is created', () => {
  expect(() => createAuth(settings).requireAuth('')).toThrow(TypeError)
})

it('types', () => {
  expectTypeOf(createAuth(world.options)).toEqualTypeOf<HonoAuth>()
  expectTypeOf(createAuth(settings)).toEqualTypeOf<HonoContextAuth>()
  const app = new Hono<{ Bindings: Bindings }>()
  const auth = createAuth((c: Context<{ Bindings: Bindings }>) => ({ issuer: c.env.ISSUER, audience: c.env.AUDIENCE }))
  app.get('/', auth.requireAuth(), (c) => c.json([c.env.AUDIENCE, c.var.auth.subject]))
})
