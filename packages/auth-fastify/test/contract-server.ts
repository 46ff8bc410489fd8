import type { AddressInfo } from 'node:net'

import { adapterOptions, contractAnswer } from '@acme/auth-conformance'
import type { ContractRoute, StartContractServer } from '@acme/auth-conformance'
import fastify from 'fastify'
import type { FastifyInstance, FastifyPluginCallback } from 'fastify'

import { auth0Plugin } from '../src/index.js'
import type { AuthHook } from '../src/index.js'

function guardOf(app: FastifyInstance, { wanted }: ContractRoute): AuthHook {
  return wanted === 'optional' ? app.optionalAuth() : app.requireAuth(...wanted)
}

function scope(routes: readonly ContractRoute[], guarded: boolean): FastifyPluginCallback {
  return (app, _options, done) => {
    if (guarded) app.addHook('onRequest', app.requireAuth())
    for (const route of routes) {
      if (route.serves === 'traces') {
        const guards = route.guard === 'none' ? [] : [guardOf(app, route)]
        app.get(route.path, { preHandler: guards }, app.traceRoute())
        continue
      }
      app.route({
        method: ['GET', 'POST'],
        url: route.path,
        preHandler: guardOf(app, route),
        handler: (request) => contractAnswer(request.auth),
      })
    }
    done()
  }
}

export const startFastify: StartContractServer = async ({ options, trustProxy, routes }) => {
  const ids = { requestIdHeader: 'x-request-id', genReqId: () => crypto.randomUUID() }
  const app = fastify({ trustProxy, forceCloseConnections: true, ...ids })
  await app.register(auth0Plugin, adapterOptions(options))
  if (options.resourceMetadata !== undefined) await app.register(app.metadataRoute())
  app.get('/ready', async (_request, reply) => {
    const readiness = await app.resourceServer.ready()
    return reply.code(readiness.ready ? 200 : 503).send(readiness)
  })
  for (const route of routes) {
    const prefix = route.mountedAt === undefined ? {} : { prefix: route.mountedAt }
    await app.register(scope([route], route.guard === 'app-and-route'), prefix)
  }
  await app.listen({ port: 0, host: '127.0.0.1' })
  const { port } = app.server.address() as AddressInfo // listens on TCP
  return { port, close: () => app.close() }
}
