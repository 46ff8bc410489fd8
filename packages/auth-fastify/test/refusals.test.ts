import fastify from 'fastify'
import type { FastifyInstance, FastifyServerOptions } from 'fastify'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { auth0Plugin, isAuthError } from '../src/index.js'
import type { FastifyAuthOptions } from '../src/index.js'
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
})

async function appOf(
  options: FastifyAuthOptions = {},
  server: FastifyServerOptions = {},
  configure: (app: FastifyInstance) => unknown = () => undefined,
): Promise<FastifyInstance> {
  const app = fastify(server)
  configure(app)
  await app.register(auth0Plugin, { ...world.options, ...options })
  app.get('/items/:id', { onRequest: app.requireAuth() }, () => 'passed')
  app.get('/open', { onRequest: app.optionalAuth() }, () => 'passed')
  return app
}

const challenge = noCredentials.headers.filter((line) => line.startsWith('www-authenticate'))

describe('refusals: forward', () => {
  it('hands the error to the error handler of the application, and sends the challenge', async () => {
    const app = await appOf({ refusals: 'forward' }, {}, (instance) =>
      instance.setErrorHandler((error, _request, reply) =>
        isAuthError(error)
          ? reply.code(error.status).send({ own: error.reason, id: error.correlationId })
          : reply.code(500).send(),
      ),
    )
    const port = await serve(app)
    const { status, headers, body } = await send(port, '/items/1')
    expect([status, JSON.parse(body)]).toEqual([401, { own: 'credentials_missing', id: 'req-1' }])
    expect(headers).toEqual(expect.arrayContaining(['cache-control: no-store', ...challenge, 'x-request-id: req-1']))
    expect(await send(port, '/items/1', await world.bearer())).toMatchObject({ status: 200, body: 'passed' })
    expect(await send(port, '/open')).toMatchObject({ status: 200, body: 'passed' })
  })

  it('is understood by the error handling of Fastify itself, and by the plugin beside it', async () => {
    const app = fastify()
    await app.register(auth0Plugin, { ...world.options, name: 'other' })
    await app.register(auth0Plugin, { ...world.options, refusals: 'forward' })
    app.get('/', { onRequest: app.requireAuth() }, () => 'passed')
    const { status, headers, body } = await send(await serve(app), '/')
    expect([status, JSON.parse(body)]).toMatchObject([401, { statusCode: 401, code: 'AUTH_1003' }])
    expect(headers).toEqual(expect.arrayContaining(challenge))
  })
})

describe('the identifier of a request', () => {
  it('is that of Fastify', async () => {
    const { headers, body } = await send(await serve(await appOf({}, { genReqId: () => 'own-1' })), '/items/1')
    expect(headers).toContain('x-request-id: own-1')
    expect(body).toContain('"correlation_id":"own-1"')
  })

  it('is the one that the option makes', async () => {
    const app = await appOf({ correlationId: ({ target }) => `own${target.replaceAll('/', '.')}` })
    expect((await send(await serve(app), '/items/1')).headers).toContain('x-request-id: own.items.1')
  })

  it('does not replace an X-Request-Id of the application', async () => {
    const app = await appOf()
    app.addHook('onRequest', async (_request, reply) => void reply.header('X-Request-Id', 'application'))
    app.get('/late', { preHandler: app.requireAuth() }, () => 'passed')
    const { headers } = await send(await serve(app), '/late')
    expect(headers.filter((line) => line.startsWith('x-request-id'))).toEqual(['x-request-id: application'])
  })
})

describe('formatRefusal', () => {
  it('shapes the body', async () => {
    const formatRefusal = () => ({ contentType: 'application/problem+json', body: { title: 'No' } })
    const app = await appOf({ formatRefusal }, { requestIdHeader: 'x-request-id' })
    const answer = await send(await serve(app), '/items/1', await world.bearer({ expiresIn: -60 }))
    const others = expired.headers.filter((line) => !line.startsWith('content-type'))
    expect([answer.status, answer.body]).toEqual([401, '{"title":"No"}'])
    // Fastify adds the charset.
    const own = ['content-length: 14', 'content-type: application/problem+json; charset=utf-8']
    expect(answer.headers).toEqual([...own, ...others.filter((line) => !line.startsWith('content-length'))].toSorted())
  })
})

describe('events and logs', () => {
  it('tell the pattern of the route', async () => {
    const onEvent = vi.fn<(event: unknown) => void>()
    await send(await serve(await appOf({ onEvent })), '/items/1?a=b')
    expect(onEvent.mock.calls.at(-1)?.[0]).toMatchObject({ method: 'GET', path: '/items/1', route: '/items/:id' })
  })

  it('are lines of the log of the request, outside of production', async () => {
    vi.stubEnv('NODE_ENV', 'development')
    const lines: string[] = []
    const stream = { write: (line: string): void => void lines.push(line) }
    const app = await appOf({}, { logger: { level: 'info', stream } })
    expect((await send(await serve(app), '/items/1')).status).toBe(401)
    const own = lines.map((line) => JSON.parse(line) as Record<string, unknown>) // as pino writes them
    expect(own.filter(({ msg }) => String(msg).startsWith('acme-auth'))).toEqual([
      expect.objectContaining({
        level: 30,
        reqId: 'req-1',
        msg: 'acme-auth: refused GET /items/1, 401 credentials_missing (correlation id req-1)',
      }),
    ])
  })
})
