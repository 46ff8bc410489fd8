import { auth0Plugin } from '@acme/auth-fastify'
import { fastifyCors } from '@fastify/cors'
import { answerFault, answers } from '@acme/sample-api'
import type { SampleSettings } from '@acme/sample-api'
import Fastify from 'fastify'
import type { FastifyInstance, FastifyReply } from 'fastify'

import { liveRoutes } from './live.js'
import { apiRoutes, documentRoutes, internalRoutes, mcpRoutes, publicRoutes } from './routes.js'

/** The sample API. Its `ready()` and `listen()` reject with a TypeError when an option is bad. */
export function createApp(settings: SampleSettings): FastifyInstance {
  const { auth, trustProxy, limits, next } = settings
  const app = Fastify({
    // Which proxies may say how the client addressed this API: the plugin goes by this setting, too.
    trustProxy,
    requestIdHeader: 'x-request-id',
    // A path that cannot be decoded never reaches a route.
    frameworkErrors: (error, _request, reply) => sendFault(error, reply),
  })
  app.setNotFoundHandler((_request, reply) => reply.code(404).send(answers.notFound()))
  app.setErrorHandler((error, _request, reply) => sendFault(error, reply))
  ignoreContent(app)

  // Before the guards: a page could not read a refusal otherwise.
  if (settings.cors !== undefined) app.register(fastifyCors, settings.cors)
  app.register(auth0Plugin, auth)
  if (auth.resourceMetadata !== undefined) {
    app.after(() => void app.register(app.metadataRoute()))
  }
  app.register(publicRoutes)
  app.register(async (fastify) => documentRoutes(fastify, settings))
  app.register(liveRoutes, { sessions: settings.sessions, metrics: settings.metrics })
  app.register(apiRoutes, { prefix: '/api', limits, next })
  app.register(internalRoutes, { prefix: '/internal' })
  app.register(mcpRoutes)
  return app
}

function sendFault(error: unknown, reply: FastifyReply): FastifyReply {
  const { status, headers, body } = answerFault(error)
  return reply.code(status).headers(headers).send(body)
}

/** No route reads what is posted, so nothing of it can be wrong. */
function ignoreContent(app: FastifyInstance): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', (_request, _payload, done) => done(null))
}
