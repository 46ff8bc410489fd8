import { Hono } from 'hono'
import { some } from 'hono/combine'
import { requestId } from 'hono/request-id'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { createAuth, isAuthError } from '../src/index.js'
import type { HonoAuthOptions } from '../src/index.js'
import { serve } from './serve.js'
import { createWorld, expired, noCredentials, send } from '@acme/tests-adapters'
import type { World } from '@acme/tests-adapters'

let world: World
beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world.issuer.close())
afterEach(() => {
  vi.unstubAllEnvs()
  vi.restoreAllMocks()
})

function appOf(options: HonoAuthOptions = {}, app: Hono = new Hono()): Hono {
  const { requireAuth, optionalAuth } = createAuth({ ...world.options, ...options })
  app.get('/items/:id', requireAuth(), (c) => c.text('passed'))
  app.get('/open', optionalAuth(), (c) => c.text('passed'))
  app.get('/some', some(requireAuth('write'), requireAuth()), (c) => c.text('passed'))
  return app
}

const challenge = noCredentials.headers.filter((line) => line.startsWith('www-authenticate'))

describe('refusals: forward', () => {
  it('hands the error to onError, and sends the challenge', async () => {
    const app = appOf({ refusals: 'forward' })
    app.onError((error, c) =>
      isAuthError(error) ? c.json({ own: error.reason, id: error.correlationId }, 401) : c.text('', 500),
    )
    const port = await serve(app)
    const { status, headers, body } = await send(port, '/items/1')
    expect([status, JSON.parse(body)]).toEqual([401, { own: 'credentials_missing', id: 'request-1' }])
    const sent = ['cache-control: no-store', ...challenge, 'x-request-id: request-1']
    expect(headers).toEqual(expect.arrayContaining(sent))
    expect(await send(port, '/items/1', await world.bearer())).toMatchObject({ status: 200, body: 'passed' })
    expect(await send(port, '/open')).toMatchObject({ status: 200, body: 'passed' })
  })

  it('is answered as ever where there is no onError, and nothing is printed', async () => {
    const print = vi.spyOn(console, 'error').mockReturnValue()
    expect(await send(await serve(appOf({ refusals: 'forward' })), '/items/1')).toEqual(noCredentials)
    expect(print).not.toHaveBeenCalled()
  })

  it('leaves nothing on a request that another guard lets pass', async () => {
    const { status, headers } = await send(
      await serve(appOf({ refusals: 'forward' })),
      '/some',
      await world.bearer({ scope: 'read' }),
    )
    expect([status, headers.filter((line) => /^(www-authenticate|cache-control)/.test(line))]).toEqual([200, []])
  })
})

describe('the identifier of a request', () => {
  it("is that of hono's requestId()", async () => {
    const app = new Hono().use(requestId({ headerName: '', generator: () => 'own-1' })) as Hono
    const { headers, body } = await send(await serve(appOf({}, app)), '/items/1')
    expect(headers.filter((line) => line.startsWith('x-request-id'))).toEqual(['x-request-id: own-1'])
    expect(body).toContain('"correlation_id":"own-1"')
  })

  it('is the one that the option makes', async () => {
    const app = appOf({ correlationId: ({ target }) => `own${target.replaceAll('/', '.')}` })
    expect((await send(await serve(app), '/items/1')).headers).toContain('x-request-id: own.items.1')
  })

  it.each(['respond', 'forward'] as const)(
    'does not replace an X-Request-Id of the application: %s',
    async (refusals) => {
      const app = new Hono().use(async (c, next) => {
        c.header('X-Request-Id', 'application')
        await next()
      }) as Hono
      const { headers, body } = await send(await serve(appOf({ refusals }, app)), '/items/1')
      expect(headers.filter((line) => line.startsWith('x-request-id'))).toEqual(['x-request-id: application'])
      expect(body).toBe(noCredentials.body)
    },
  )
})

describe('formatRefusal', () => {
  it('shapes the body', async () => {
    const formatRefusal = () => ({ contentType: 'application/problem+json', body: { title: 'No' } })
    const answer = await send(await serve(appOf({ formatRefusal })), '/items/1', await world.bearer({ expiresIn: -60 }))
    const own = ['content-length: 14', 'content-type: application/problem+json']
    const others = expired.headers.filter((line) => !line.startsWith('content-'))
    expect(answer).toEqual({ status: 401, headers: [...own, ...others].toSorted(), body: '{"title":"No"}' })
  })
})

describe('events and logs', () => {
  it('tell the pattern of the route', async () => {
    const onEvent = vi.fn<(event: unknown) => void>()
    const app = new Hono().use('*', async (_c, next) => next()) as Hono
    const guarded = appOf({ onEvent }, app)
    await send(await serve(guarded), '/items/1?a=b')
    expect(onEvent.mock.calls.at(-1)?.[0]).toMatchObject({ method: 'GET', path: '/items/1', route: '/items/:id' })
    await guarded.request('http://api.test/items/2')
    expect(onEvent.mock.calls.at(-1)?.[0]).toMatchObject({ path: '/items/2', route: '/items/:id' })
  })

  it('are lines of the console, outside of production', async () => {
    vi.stubEnv('NODE_ENV', 'development')
    const warn = vi.spyOn(console, 'warn').mockReturnValue()
    expect((await send(await serve(appOf()), '/items/1')).status).toBe(401)
    expect(warn.mock.calls).toEqual([
      ['acme-auth: refused GET /items/1, 401 credentials_missing (correlation id request-1)'],
    ])
  })
})
