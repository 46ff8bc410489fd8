import { getAuth, getOptionalAuth, publicRoute } from '@acme/auth-express'
import { openApiPaths, secureOpenApi } from '@acme/auth-express/openapi'
import type { ExpressAuth } from '@acme/auth-express'
import { answers, callNext, describeApi, docsFile, mcp, openApiOptions, policies, reasons } from '@acme/sample-api'
import type { McpCall, SampleSettings } from '@acme/sample-api'
import { Router } from 'express'
import type { Express, RequestHandler } from 'express'

import { limitSubject } from './limits.js'

type RouteSettings = Pick<SampleSettings, 'limits' | 'next'>

/** One path, one route: neither `/API/private` nor `/api/private/` is another name of `/api/private`. */
export const ROUTING = { caseSensitive: true, strict: true } as const

export function publicRoutes(): Router {
  const router = Router(ROUTING)
  router.get('/', publicRoute(reasons.home), (_request, response) => void response.json(answers.home()))
  router.get('/health', publicRoute(reasons.health), (_request, response) => void response.json(answers.health()))
  router.get(
    '/public/info',
    publicRoute(reasons.info),
    (_request, response) => void response.json(answers.publicInfo()),
  )
  router.get('/demo/token-structure', publicRoute(reasons.tokenStructure), (_request, response) => {
    response.json(answers.explainToken())
  })
  return router
}

/** `/openapi.json`, of the application as it runs, and Swagger UI. */
export function documentRoutes(app: Express, settings: SampleSettings): Router {
  const router = Router(ROUTING)
  router.get('/openapi.json', publicRoute(reasons.openApi), (_request, response) => {
    response.json(secureOpenApi(describeApi(openApiPaths(app)), app, openApiOptions(settings)))
  })

  const docs: RequestHandler<{ file?: string }> = ({ params }, response, next) => {
    const file = docsFile(settings, params.file)
    if (file === undefined) next()
    else response.type(file.type).send(file.content)
  }
  router.get('/docs', publicRoute(reasons.docs), docs)
  router.get('/docs/:file', publicRoute(reasons.docs), docs)
  return router
}

/** Under `/api`. */
export function apiRoutes({ requireAuth, optionalAuth }: ExpressAuth, { limits, next }: RouteSettings): Router {
  const router = Router(ROUTING)
  router.get('/public', publicRoute(reasons.data), (_request, response) => void response.json(answers.publicApi()))

  router.get('/optional', optionalAuth(), (request, response) => {
    response.json(answers.optionalCaller(getOptionalAuth(request)))
  })

  router.get('/private', requireAuth(policies.anyToken), (request, response) => {
    response.json(answers.caller(getAuth(request)))
  })

  router.post('/private', requireAuth(policies.anyToken), (request, response) => {
    response.json(answers.caller(getAuth(request)))
  })

  router.get('/profile', requireAuth(policies.anyToken), (request, response) => {
    response.json(answers.profile(getAuth(request)))
  })

  router.get('/messages', requireAuth(policies.messages), (_request, response) => {
    response.json(answers.allMessages())
  })

  router.delete('/resource/:id', requireAuth(policies.resource), (request, response) => {
    response.json(answers.deleted(request.params.id))
  })

  router.get('/admin', requireAuth(policies.admin), (request, response) => {
    response.json(answers.admin(getAuth(request)))
  })

  router.get('/limited', requireAuth(policies.anyToken), limitSubject(limits), (request, response) => {
    response.json(answers.caller(getAuth(request)))
  })

  router.post('/transfer', requireAuth(policies.transfer), (request, response) => {
    response.json(answers.transferred(getAuth(request)))
  })

  router.get('/payments', requireAuth(policies.payments), (request, response) => {
    response.json(answers.payments(getAuth(request)))
  })

  router.get('/next', requireAuth(policies.messages), (request, response, fail) => {
    callNext(getAuth(request), next).then(({ status, body }) => response.status(status).json(body), fail)
  })
  return router
}

/** Under `/internal`: for other services, which act for themselves, and for operators. */
export function internalRoutes({ requireAuth, traceRoute }: ExpressAuth): Router {
  const router = Router(ROUTING)
  router.post('/process', requireAuth(policies.machines), (request, response) => {
    response.json(answers.processed(getAuth(request)))
  })

  router.get('/traces/:id', requireAuth(policies.traces), traceRoute())
  return router
}

/** `/mcp`: any valid token, and for a tool what it needs. */
export function mcpRoutes({ requireAuth }: ExpressAuth): Router {
  const router = Router(ROUTING)
  const tools = {
    list_messages: requireAuth(mcp.toolNeeds.list_messages),
    send_message: requireAuth(mcp.toolNeeds.send_message),
  }
  const calls = new WeakMap<object, McpCall>()

  const guardTool: RequestHandler = (request, response, next) => {
    mcp.readCall(request).then((call) => {
      calls.set(request, call)
      const tool = mcp.toolOf(call)
      if (tool === undefined) next()
      else tools[tool](request, response, next)
    }, next)
  }

  router.post('/mcp', requireAuth(policies.anyToken), guardTool, (request, response) => {
    const { status, body } = mcp.answerCall(calls.get(request) ?? 'no request', getAuth(request))
    if (body === undefined) response.status(status).end()
    else response.status(status).json(body)
  })

  const refuseMethod: RequestHandler = (_request, response) => {
    const { status, headers, body } = mcp.otherMethod
    response.status(status).set(headers).json(body)
  }
  router.get('/mcp', requireAuth(policies.anyToken), refuseMethod)
  router.delete('/mcp', requireAuth(policies.anyToken), refuseMethod)
  return router
}
