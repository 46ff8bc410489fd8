import { publicRoute } from '@acme/auth-hono'
import { openApiPaths, secureOpenApi } from '@acme/auth-hono/openapi'
import type { AuthContext, HonoAuth } from '@acme/auth-hono'
import { answers, callNext, describeApi, docsFile, mcp, openApiOptions, policies, reasons } from '@acme/sample-api'
import type { McpCall, SampleSettings } from '@acme/sample-api'
import { Hono } from 'hono'
import type { MiddlewareHandler } from 'hono'
import type { ContentfulStatusCode } from 'hono/utils/http-status'

import { limitSubject } from './limits.js'

type RouteSettings = Pick<SampleSettings, 'limits' | 'next'>

export function publicRoutes(): Hono {
  return new Hono()
    .get('/', publicRoute(reasons.home), (c) => c.json(answers.home()))
    .get('/health', publicRoute(reasons.health), (c) => c.json(answers.health()))
    .get('/public/info', publicRoute(reasons.info), (c) => c.json(answers.publicInfo()))
    .get('/demo/token-structure', publicRoute(reasons.tokenStructure), (c) => c.json(answers.explainToken()))
}

/** `/openapi.json`, of the application as it runs, and Swagger UI. */
export function documentRoutes(app: Hono, settings: SampleSettings): Hono {
  const documents = new Hono()
  documents.get('/openapi.json', publicRoute(reasons.openApi), (c) =>
    c.json(secureOpenApi(describeApi(openApiPaths(app)), app, openApiOptions(settings))),
  )
  for (const path of ['/docs', '/docs/:file']) {
    documents.get(path, publicRoute(reasons.docs), (c) => {
      const file = docsFile(settings, c.req.param('file'))
      return file === undefined ? c.notFound() : c.body(file.content, 200, { 'content-type': file.type })
    })
  }
  return documents
}

/** Under `/api`. */
export function apiRoutes({ requireAuth, optionalAuth }: HonoAuth, { limits, next }: RouteSettings): Hono {
  const api = new Hono()
  api.get('/public', publicRoute(reasons.data), (c) => c.json(answers.publicApi()))
  api.get('/optional', optionalAuth(), (c) => c.json(answers.optionalCaller(c.var.auth)))
  api.on(['GET', 'POST'], '/private', requireAuth(policies.anyToken), (c) => c.json(answers.caller(c.var.auth)))
  api.get('/profile', requireAuth(policies.anyToken), (c) => c.json(answers.profile(c.var.auth)))
  api.get('/messages', requireAuth(policies.messages), (c) => c.json(answers.allMessages()))
  api.delete('/resource/:id', requireAuth(policies.resource), (c) => c.json(answers.deleted(c.req.param('id'))))
  api.get('/admin', requireAuth(policies.admin), (c) => c.json(answers.admin(c.var.auth)))
  api.get('/limited', requireAuth(policies.anyToken), limitSubject(limits), (c) => c.json(answers.caller(c.var.auth)))
  api.post('/transfer', requireAuth(policies.transfer), (c) => c.json(answers.transferred(c.var.auth)))
  api.get('/payments', requireAuth(policies.payments), (c) => c.json(answers.payments(c.var.auth)))
  api.get('/next', requireAuth(policies.messages), async (c) => {
    const { status, body } = await callNext(c.var.auth, next)
    return c.json(body, status as ContentfulStatusCode) // one of 200, 501 and 502
  })
  return api
}

/** Under `/internal`: for other services, which act for themselves, and for operators. */
export function internalRoutes({ requireAuth, traceRoute }: HonoAuth): Hono {
  const internal = new Hono()
  internal.post('/process', requireAuth(policies.machines), (c) => c.json(answers.processed(c.var.auth)))
  internal.get('/traces/:id', requireAuth(policies.traces), traceRoute())
  return internal
}

/** `/mcp`: any valid token, and for a tool what it needs. */
export function mcpRoutes({ requireAuth }: HonoAuth): Hono {
  const tools = {
    list_messages: requireAuth(mcp.toolNeeds.list_messages),
    send_message: requireAuth(mcp.toolNeeds.send_message),
  }
  const calls = new WeakMap<Request, McpCall>()

  const guardTool: MiddlewareHandler<{ Variables: { auth: AuthContext } }> = async (c, next) => {
    const call = await mcp.readCall(c.req.raw.body)
    calls.set(c.req.raw, call)
    const tool = mcp.toolOf(call)
    return tool === undefined ? next() : tools[tool](c, next)
  }
  const routes = new Hono()
  routes.post('/mcp', requireAuth(policies.anyToken), guardTool, (c) => {
    const { status, body } = mcp.answerCall(calls.get(c.req.raw) ?? 'no request', c.var.auth)
    return body === undefined ? c.body(null, status) : c.json(body, status)
  })
  routes.on(['GET', 'DELETE'], '/mcp', requireAuth(policies.anyToken), (c) => {
    const { status, headers, body } = mcp.otherMethod
    return c.json(body, status, headers)
  })
  return routes
}
