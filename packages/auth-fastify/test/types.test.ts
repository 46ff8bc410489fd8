import type { Http2SecureServer, Http2ServerRequest, Http2ServerResponse } from 'node:http2'

import fastify from 'fastify'
import type { FastifyInstance, FastifyTypeProvider } from 'fastify'
import { describe, expect, expectTypeOf, it } from 'vitest'
import { auth0Plugin, getAuth } from '../src/index.js'
import type { AuthContext } from '../src/index.js'

const options = { domain: 'tenant.auth0.com', audience: 'https://api.example.com' }

interface Provider extends FastifyTypeProvider {
  readonly validator: this['schema'] extends { readonly is: infer Type } ? Type : unknown
}

async function guarded(app: FastifyInstance): Promise<number> {
  const { statusCode } = await app.inject('/')
  return statusCode
}

describe('the types of hooks and requests', () => {
  it('suit HTTP/2', async () => {
    const app = fastify({ http2: true })
    await app.register(auth0Plugin, options)
    app.get('/', { onRequest: app.requireAuth('read') }, (request) => {
      expectTypeOf(request.auth).toEqualTypeOf<AuthContext | null>()
      return getAuth(request).subject
    })
    app.get('/all', { preHandler: [app.optionalAuth(), app.requireAuth()] }, (request) => request.auth)
    app.addHook('onRequest', app.requireAuth())
    const { statusCode } = await app.inject('/')
    expect(statusCode).toBe(401)
  })

  it('suit HTTP/2 over TLS', () => {
    type App = FastifyInstance<Http2SecureServer, Http2ServerRequest, Http2ServerResponse>
    const routes = (app: App): unknown => app.get('/', { onRequest: app.requireAuth() }, (request) => getAuth(request))
    expect(routes).toBeTypeOf('function')
  })

  it('suit type providers, whose types reach the handler', async () => {
    const app = fastify().withTypeProvider<Provider>()
    await app.register(auth0Plugin, options)
    const schema = { querystring: { is: { page: 1 } } } as const
    app.get('/', { schema, onRequest: app.requireAuth('read') }, (request) => {
      expectTypeOf(request.query).toEqualTypeOf<{ readonly page: 1 }>()
      return getAuth(request).subject
    })
    app.setValidatorCompiler(() => () => true)
    expect(await guarded(app.withTypeProvider())).toBe(401)
  })
})
