import { describeRewrittenHeaders } from '@acme/tests-adapters'
import type { RequestHeaders, RewritingServer } from '@acme/tests-adapters'
import { Hono } from 'hono'
import type { HonoRequest } from 'hono'

import { createAuth } from '../src/index.js'
import { serve } from './serve.js'

function inPlace(headers: Headers): RequestHeaders {
  return {
    get: (name) => headers.get(name) ?? undefined,
    set: (name, value) => headers.set(name, value),
    delete: (name) => headers.delete(name),
  }
}

function serving(rewriting: (request: HonoRequest, rewrite: RewritingServer['rewrite']) => void) {
  return ({ options, trustProxy, rewrite }: RewritingServer): Promise<number> => {
    const { requireAuth } = createAuth({ ...options, trustProxy })
    const app = new Hono()
    app.use(async (c, next) => {
      rewriting(c.req, rewrite)
      await next()
    })
    app.get('/', requireAuth(), (c) => c.text(c.var.auth.subject ?? ''))
    return serve(app)
  }
}

describeRewrittenHeaders(
  'Hono, in the headers of its request',
  serving(({ raw }, rewrite) => rewrite(inPlace(raw.headers))),
)

describeRewrittenHeaders(
  'Hono, by a request with other headers',
  serving((request, rewrite) => {
    const headers = new Headers(request.raw.headers)
    rewrite(inPlace(headers))
    request.raw = new Request(request.raw, { headers })
  }),
)

describeRewrittenHeaders(
  'Hono, by a request of its own making, whose host is in its URL',
  serving((request, rewrite) => {
    const headers = new Headers(request.raw.headers)
    headers.delete('host')
    rewrite(inPlace(headers))
    request.raw = new Request(request.url, { headers })
  }),
)
