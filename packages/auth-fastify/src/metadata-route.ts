import type { ResourceServer } from '@acme/auth-core'
import type { FastifyPluginCallback } from 'fastify'
import plugin from 'fastify-plugin'

/** Serves metadata before any route, so that no guard of all routes stands before it. */
export function metadataRoute(resourceServer: ResourceServer): FastifyPluginCallback {
  const respond = resourceServer.metadataResponder()
  return plugin(
    (fastify, _options, done) => {
      fastify.addHook('onRequest', async (request, reply) => {
        const { method, originalUrl, headers } = request
        const answer = await respond({ method, target: originalUrl, host: headers.host })
        if (answer !== undefined) return reply.code(answer.status).headers(answer.headers).send(answer.body)
      })
      done()
    },
    { fastify: '5.x', name: '@acme/auth-fastify/metadata' },
  )
}
