import fastify from 'fastify'
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'

import { auth0Plugin, getAuth, isAuthError } from '../src/index.js'
import { createApp, serve } from './serve.js'
import {
  createWorld,
  expired,
  forAnotherUrl,
  lacksScope,
  noCredentials,
  noCredentialsFor,
  replayed,
  send,
  withHeaders,
} from '@acme/tests-adapters'
import type { Header, World } from '@acme/tests-adapters'

let world: World
beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world.issuer.close())

const HOST: Header = ['Host', 'internal.test']
const passed = { status: 200, body: 'user-1' }

function subject(request: FastifyRequest): string | undefined {
  return getAuth(request).subject
}

describe('prefixes within prefixes', () => {
  async function serveNested(): Promise<number> {
    const app = await createApp(world.options)
    await app.register(
      async (outer) => {
        await outer.register(
          async (inner) => {
            inner.get('/c', { preHandler: inner.requireAuth('read') }, subject)
          },
          { prefix: '/:b' },
        )
      },
      { prefix: '/a' },
    )
    return serve(app)
  }

  it.each(['/c', '/x/c', '/a/:b/c', '/a/x', '/a/x/c/', '/'])('a proof for %s is refused', async (path) => {
    const headers = await world.dpop(`http://internal.test${path}`, { scope: 'read' })
    expect(await send(await serveNested(), '/a/x/c', [HOST, ...headers])).toEqual(forAnotherUrl)
  })

  it('a proof for the whole URL passes', async () => {
    const headers = await world.dpop('http://internal.test/a/x/c', { scope: 'read' })
    expect(await send(await serveNested(), '/a/x/c?y=1', [HOST, ...headers])).toMatchObject(passed)
  })

  it('a rewritten URL does not change what the proof must be for', async () => {
    const app = await createApp(world.options, { rewriteUrl: () => '/inner' })
    app.get('/inner', { preHandler: app.requireAuth() }, subject)
    const port = await serve(app)
    const inner = await world.dpop('http://internal.test/inner')
    expect(await send(port, '/outer', [HOST, ...inner])).toEqual(forAnotherUrl)
    const outer = await world.dpop('http://internal.test/outer')
    expect(await send(port, '/outer', [HOST, ...outer])).toMatchObject(passed)
  })
})

describe('the plugin in one scope', () => {
  async function serveScopes(): Promise<{ readonly port: number; readonly app: FastifyInstance }> {
    const app = fastify({ requestIdHeader: 'x-request-id' })
    await app.register(
      async (child) => {
        await child.register(auth0Plugin, world.options)
        child.addHook('onRequest', child.requireAuth())
        child.get('/', subject)
      },
      { prefix: '/guarded' },
    )
    await app.register(
      async (sibling) => {
        sibling.get('/', (request) => String('auth' in request))
      },
      { prefix: '/open' },
    )
    return { port: await serve(app), app }
  }

  it('guards that scope', async () => {
    const { port } = await serveScopes()
    expect(await send(port, '/guarded')).toEqual(noCredentials)
    expect(await send(port, '/guarded', await world.bearer())).toMatchObject(passed)
  })

  it('does nothing to others', async () => {
    const { port, app } = await serveScopes()
    expect(await send(port, '/open', await world.bearer())).toMatchObject({ status: 200, body: 'false' })
    expect((await send(port, '/nothing')).status).toBe(404)
    expect(app.hasDecorator('requireAuth')).toBe(false)
    expect(app.hasRequestDecorator('auth')).toBe(false)
  })
})

describe('the hook', () => {
  it.each(['onRequest', 'preParsing', 'preValidation', 'preHandler'] as const)('refuses as %s', async (stage) => {
    const handler = vi.fn<typeof subject>(subject)
    const app = await createApp(world.options)
    app.post('/', { [stage]: app.requireAuth('read') }, handler)
    const port = await serve(app)
    expect(await send(port, '/', [], 'POST')).toEqual(noCredentialsFor('read'))
    expect(await send(port, '/', await world.bearer({ expiresIn: -60 }), 'POST')).toEqual(expired)
    expect(await send(port, '/', await world.bearer(), 'POST')).toEqual(lacksScope('read'))
    expect(handler).not.toHaveBeenCalled()
    expect(await send(port, '/', await world.bearer({ scope: 'read' }), 'POST')).toMatchObject(passed)
  })

  it.each(['onRequest', 'preValidation'] as const)('as %s refuses before a schema is looked at', async (stage) => {
    const app = await createApp(world.options)
    const schema = { querystring: { type: 'object', required: ['page'] } }
    app.get('/', { [stage]: app.requireAuth(), schema }, subject)
    expect(await send(await serve(app), '/')).toEqual(noCredentials)
  })

  it('refuses HEAD with all headers and no body', async () => {
    const app = await createApp(world.options)
    app.get('/', { preHandler: app.requireAuth() }, subject)
    expect(await send(await serve(app), '/', [], 'HEAD')).toEqual({ ...noCredentials, body: '' })
  })

  it('is not changed by response schemas and serializers', async () => {
    const app = await createApp(world.options)
    const schema = { response: { '4xx': { type: 'object', properties: { error: { type: 'string' } } } } }
    app.setReplySerializer(() => 'serialized')
    app.get('/', { preHandler: app.requireAuth(), schema }, subject)
    expect(await send(await serve(app), '/')).toEqual(noCredentials)
  })

  it('keeps headers that were set before', async () => {
    const app = await createApp(world.options)
    app.addHook('onRequest', async (_request, reply) => {
      reply.headers({ 'access-control-allow-origin': 'https://app.example.com', 'cache-control': 'public' })
    })
    app.get('/', { preHandler: app.requireAuth('read') }, subject)
    const port = await serve(app)
    const set = 'access-control-allow-origin: https://app.example.com'
    expect(await send(port, '/')).toEqual(withHeaders(noCredentialsFor('read'), set))
    expect(await send(port, '/', await world.bearer())).toEqual(withHeaders(lacksScope('read'), set))
  })

  it('runs no later hook once it has refused', async () => {
    const later = vi.fn<() => Promise<void>>(async () => undefined)
    const app = await createApp(world.options)
    app.get('/', { onRequest: app.requireAuth(), preHandler: later }, subject)
    expect(await send(await serve(app), '/')).toEqual(noCredentials)
    expect(later).not.toHaveBeenCalled()
  })

  it('for the application and again for the route takes a proof once', async () => {
    const app = await createApp(world.options)
    app.addHook('onRequest', app.requireAuth())
    app.get('/', { preHandler: app.requireAuth('read') }, subject)
    const port = await serve(app)
    const weak = await world.dpop('http://internal.test/', { scope: 'write' })
    expect(await send(port, '/', [HOST, ...weak])).toEqual(lacksScope('read', 'DPoP'))
    const headers = [HOST, ...(await world.dpop('http://internal.test/', { scope: 'read' }))]
    expect(await send(port, '/', headers)).toMatchObject(passed)
    expect(await send(port, '/', headers)).toEqual(replayed)
  })

  it('is obeyed by injected requests', async () => {
    const app = await createApp(world.options)
    app.get('/', { preHandler: app.requireAuth('read') }, subject)
    const refused = await app.inject({ url: '/', headers: { 'x-request-id': 'request-1' } })
    expect({ status: refused.statusCode, body: refused.body }).toEqual({ status: 401, body: noCredentials.body })
    const token = await world.issuer.accessToken({ scope: 'read' })
    const accepted = await app.inject({ url: '/', headers: { authorization: `Bearer ${token}` } })
    expect({ status: accepted.statusCode, body: accepted.body }).toEqual(passed)
  })
})

describe('a hook for the whole application', () => {
  it('refuses requests without a route', async () => {
    const app = await createApp(world.options)
    app.addHook('onRequest', app.requireAuth('read'))
    const port = await serve(app)
    expect(await send(port, '/nothing')).toEqual(noCredentialsFor('read'))
    expect(await send(port, '/nothing', [], 'HEAD')).toEqual({ ...noCredentialsFor('read'), body: '' })
    expect(await send(port, '/nothing', await world.bearer())).toEqual(lacksScope('read'))
    expect((await send(port, '/nothing', await world.bearer({ scope: 'read' }))).status).toBe(404)
  })

  it("guards the application's own answer to them", async () => {
    const notFound = vi.fn<(request: FastifyRequest, reply: FastifyReply) => void>((_request, reply) => {
      void reply.code(404).send('nothing here')
    })
    const app = await createApp(world.options)
    app.setNotFoundHandler({ preHandler: app.requireAuth() }, notFound)
    const port = await serve(app)
    expect(await send(port, '/nothing')).toEqual(noCredentials)
    expect(notFound).not.toHaveBeenCalled()
    expect(await send(port, '/nothing', await world.bearer())).toMatchObject({ status: 404, body: 'nothing here' })
  })

  it('refuses on routes that were declared before the plugin', async () => {
    const handler = vi.fn<typeof subject>(subject)
    const app = fastify({ requestIdHeader: 'x-request-id' })
    app.get('/', handler)
    await app.register(auth0Plugin, world.options)
    app.addHook('onRequest', app.requireAuth())
    const port = await serve(app)
    expect(await send(port, '/')).toEqual(noCredentials)
    expect(handler).not.toHaveBeenCalled()
    expect(await send(port, '/', await world.bearer())).toMatchObject(passed)
  })
})

describe('a route', () => {
  it('may be declared before the plugin is loaded', async () => {
    const app = fastify({ requestIdHeader: 'x-request-id' })
    void app.register(auth0Plugin, world.options)
    app.get('/', { preHandler: (request, reply) => app.requireAuth('read')(request, reply) }, subject)
    const port = await serve(app)
    expect(await send(port, '/')).toEqual(noCredentialsFor('read'))
    expect(await send(port, '/', await world.bearer())).toEqual(lacksScope('read'))
  })

  it('with an error handler of its own writes refusals itself, from all that it needs', async () => {
    const app = await createApp(world.options)
    const own = (error: FastifyError, _request: FastifyRequest, reply: FastifyReply): void => {
      const { name, code, statusCode } = error
      const challenge = isAuthError(error) ? error.headers['www-authenticate'] : undefined
      void reply.code(418).send([name, code, statusCode, challenge, error])
    }
    app.get('/', { preHandler: app.requireAuth(), errorHandler: own }, subject)
    const { status, body } = await send(await serve(app), '/')
    const challenge = 'Bearer realm="api", DPoP algs="ES256"'
    expect(status).toBe(418)
    expect(body).toBe(JSON.stringify(['AuthError', 'AUTH_1003', 401, challenge, JSON.parse(noCredentials.body)]))
  })
})
