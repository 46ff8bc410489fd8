import type { ErrorRequestHandler, Request } from 'express'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { createAuth, isAuthError } from '../src/index.js'
import type { AuthOptions } from '../src/index.js'
import { createApp, serve } from './serve.js'
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

function appOf(options: AuthOptions = {}, before?: (request: Request) => void) {
  const { requireAuth, optionalAuth } = createAuth({ ...world.options, ...options })
  const app = createApp()
  app.use((request, _response, next) => {
    before?.(request)
    next()
  })
  app.get('/items/:id', requireAuth(), (_request, response) => void response.send('passed'))
  app.get('/open', optionalAuth(), (_request, response) => void response.send('passed'))
  return app
}

describe('refusals: forward', () => {
  it('hands the error to the error handler of the application, and sends the challenge', async () => {
    const app = appOf({ refusals: 'forward' })
    const handle: ErrorRequestHandler = (error: unknown, _request, response, _next) => {
      if (isAuthError(error)) response.status(error.status).json({ own: error.reason, id: error.correlationId })
      else response.sendStatus(500)
    }
    const port = await serve(app.disable('etag').use(handle))
    const answer = await send(port, '/items/1')
    expect(answer).toEqual({
      status: 401,
      headers: expect.arrayContaining([
        'cache-control: no-store',
        ...noCredentials.headers.filter((line) => line.startsWith('www-authenticate')),
        'x-request-id: request-1',
      ]) as string[],
      body: '{"own":"credentials_missing","id":"request-1"}',
    })
    expect(await send(port, '/items/1', await world.bearer())).toMatchObject({ status: 200, body: 'passed' })
    expect(await send(port, '/open')).toMatchObject({ status: 200, body: 'passed' })
  })

  it('is understood by the error handling of Express itself', async () => {
    vi.stubEnv('NODE_ENV', 'production')
    const print = vi.spyOn(console, 'error').mockReturnValue()
    const { status, headers } = await send(await serve(appOf({ refusals: 'forward' })), '/items/1')
    expect(status).toBe(401)
    expect(headers).toEqual(expect.arrayContaining(noCredentials.headers.filter((line) => line.startsWith('www-'))))
    expect(print).toHaveBeenCalledTimes(1)
  })
})

describe('the identifier of a request', () => {
  it('is the one that pino-http gave it', async () => {
    const port = await serve(appOf({}, (request) => Object.assign(request, { id: 'pino-7' })))
    const { headers, body } = await send(port, '/items/1')
    expect(headers).toContain('x-request-id: pino-7')
    expect(body).toContain('"correlation_id":"pino-7"')
  })

  it('is the one that the option makes', async () => {
    const port = await serve(appOf({ correlationId: ({ target }) => `own${target.replaceAll('/', '.')}` }))
    expect((await send(port, '/items/1')).headers).toContain('x-request-id: own.items.1')
  })

  it('does not replace an X-Request-Id of the application', async () => {
    const app = appOf({}, ({ res }) => void res?.setHeader('X-Request-Id', 'application'))
    const { headers, body } = await send(await serve(app), '/items/1')
    expect(headers.filter((line) => line.startsWith('x-request-id'))).toEqual(['x-request-id: application'])
    expect(body).toBe(noCredentials.body)
  })
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
    await send(await serve(appOf({ onEvent })), '/items/1?a=b')
    expect(onEvent.mock.calls.at(-1)?.[0]).toMatchObject({ method: 'GET', path: '/items/1', route: '/items/:id' })
  })

  it('are lines of pino-http where it is there, outside of production', async () => {
    vi.stubEnv('NODE_ENV', 'development')
    const info = vi.fn<(line: string) => void>()
    const app = appOf({}, (request) => Object.assign(request, { log: { info, warn: info } }))
    expect((await send(await serve(app), '/items/1')).status).toBe(401)
    expect(info.mock.calls).toEqual([
      ['acme-auth: refused GET /items/1, 401 credentials_missing (correlation id request-1)'],
    ])
  })
})
