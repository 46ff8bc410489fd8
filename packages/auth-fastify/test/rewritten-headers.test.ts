import type { IncomingHttpHeaders } from 'node:http'

import { describeRewrittenHeaders } from '@acme/tests-adapters'
import type { RequestHeaders, RewritingServer } from '@acme/tests-adapters'
import type { FastifyRequest } from 'fastify'

import { createApp, serve } from './serve.js'

function inPlace(headers: IncomingHttpHeaders): RequestHeaders {
  return {
    get: (name) => headers[name]?.toString(),
    set: (name, value) => void (headers[name] = value),
    delete: (name) => void delete headers[name],
  }
}

function serving(rewriting: (request: FastifyRequest, rewrite: RewritingServer['rewrite']) => void) {
  return async ({ options, trustProxy, rewrite }: RewritingServer): Promise<number> => {
    const app = await createApp(options, { trustProxy })
    app.addHook('onRequest', async (request) => rewriting(request, rewrite))
    app.get('/', { onRequest: app.requireAuth() }, (request) => request.auth?.subject)
    return serve(app)
  }
}

describeRewrittenHeaders(
  'Fastify, in the headers of Node',
  serving((request, rewrite) => rewrite(inPlace(request.raw.headers))),
)

describeRewrittenHeaders(
  'Fastify, in the headers of its request',
  serving((request, rewrite) => rewrite(inPlace(request.headers))),
)

describeRewrittenHeaders(
  'Fastify, by headers of its own',
  serving((request, rewrite) => {
    const own: IncomingHttpHeaders = {}
    rewrite({
      ...inPlace(own),
      get: (name) => request.headers[name]?.toString(),
      delete: (name) => void (own[name] = undefined),
    })
    // Merged by Fastify over those that came.
    request.headers = own
  }),
)
