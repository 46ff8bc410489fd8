import type { FaultServer } from '@acme/tests-adapters'
import fastifyAuth from '@fastify/auth'
import fastify from 'fastify'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'

import { auth0Plugin } from '../src/index.js'
import { serve } from './serve.js'

/** Declares what answers at `/`; the plugin is registered where it says so. */
export type Placement = (app: FastifyInstance, server: FaultServer, register: () => Promise<void>) => Promise<void>

type Handler = (request: FastifyRequest, reply: FastifyReply) => unknown

/** Where a guard may stand. */
export const placements: Readonly<Record<string, Placement>> = {
  async 'a hook'(app, { wanted, handler }, register) {
    await register()
    app.get('/', { preHandler: app.requireAuth(...wanted) }, handler)
  },
  async 'a hook, on a route that was declared before the plugin'(app, { wanted, handler }, register) {
    app.get('/', handler)
    await register()
    app.addHook('onRequest', app.requireAuth(...wanted))
  },
  async 'a hook, on a request without a route'(app, { wanted, handler }, register) {
    await register()
    app.setNotFoundHandler({ preHandler: app.requireAuth(...wanted) }, (_request, reply) =>
      reply.code(200).send(handler()),
    )
  },
  async '@fastify/auth'(app, { wanted, handler }, register) {
    await register()
    app.get('/', { preHandler: app.auth([app.requireAuth(...wanted)]) }, handler)
  },
  async '@fastify/auth, all of them'(app, { wanted, handler }, register) {
    await register()
    const both = [app.requireAuth(...wanted), app.requireAuth(...wanted)]
    app.get('/', { preHandler: app.auth(both, { relation: 'and' }) }, handler)
  },
  async '@fastify/auth, on a route that was declared before the plugin'(app, { wanted, handler }, register) {
    app.get('/', handler)
    await register()
    app.addHook('preHandler', app.auth([app.requireAuth(...wanted)]))
  },
  async 'a handler'(app, { wanted, handler }, register) {
    await register()
    app.get('/', awaited(app, { wanted, handler }))
  },
  async 'a handler that was declared before the plugin'(app, { wanted, handler }, register) {
    app.get('/', awaited(app, { wanted, handler }))
    await register()
  },
  async 'a handler for requests without a route'(app, { wanted, handler }, register) {
    await register()
    app.setNotFoundHandler(awaited(app, { wanted, handler }))
  },
}

/** A handler that asks the guard itself, before it does what it is for. */
export function awaited(app: FastifyInstance, { wanted, handler }: Pick<FaultServer, 'wanted' | 'handler'>): Handler {
  return async (request, reply) => {
    await app.requireAuth(...wanted)(request, reply)
    return reply.code(200).send(handler())
  }
}

export async function serveFault(place: Placement, server: FaultServer): Promise<number> {
  const app = fastify({ requestIdHeader: 'x-request-id', trustProxy: server.trustProxy })
  await app.register(fastifyAuth)
  await place(app, server, async () => {
    await app.register(auth0Plugin, server.options)
    server.replace(app.resourceServer)
  })
  return serve(app)
}
