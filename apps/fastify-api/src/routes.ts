import { getAuth, publicRoute } from '@acme/auth-fastify'
import { openApiPaths, secureOpenApi } from '@acme/auth-fastify/openapi'
import { answers, callNext, describeApi, docsFile, mcp, openApiOptions, policies, reasons } from '@acme/sample-api'
import type { McpCall, SampleSettings } from '@acme/sample-api'
import type { FastifyInstance, FastifyReply, FastifyRequest, RouteShorthandOptions } from 'fastify'

import { limitSubject } from './limits.js'

type RouteSettings = Pick<SampleSettings, 'limits' | 'next'>

const open = (reason: string): RouteShorthandOptions => ({ onRequest: publicRoute(reason) })

export async function publicRoutes(fastify: FastifyInstance): Promise<void> {
  fastify.get('/', open(reasons.home), () => answers.home())
  fastify.get('/health', open(reasons.health), () => answers.health())
  fastify.get('/public/info', open(reasons.info), () => answers.publicInfo())
  fastify.get('/demo/token-structure', open(reasons.tokenStructure), () => answers.explainToken())
}

/** `/openapi.json`, of the application as it runs, and Swagger UI. */
export async function documentRoutes(fastify: FastifyInstance, settings: SampleSettings): Promise<void> {
  fastify.get('/openapi.json', open(reasons.openApi), () =>
    secureOpenApi(describeApi(openApiPaths(fastify)), fastify, openApiOptions(settings)),
  )

  for (const path of ['/docs', '/docs/:file']) {
    fastify.get<{ Params: { file?: string } }>(path, open(reasons.docs), (request, reply) => {
      const file = docsFile(settings, request.params.file)
      return file === undefined ? reply.callNotFound() : reply.type(file.type).send(file.content)
    })
  }
}

/** Under `/api`. */
export async function apiRoutes(fastify: FastifyInstance, { limits, next }: RouteSettings): Promise<void> {
  await limitSubject(fastify, limits)
  const anyToken = { onRequest: fastify.requireAuth(policies.anyToken) }

  fastify.get('/public', open(reasons.data), () => answers.publicApi())
  fastify.get('/optional', { onRequest: fastify.optionalAuth() }, (request) => answers.optionalCaller(request.auth))
  fastify.get('/private', anyToken, (request) => answers.caller(getAuth(request)))
  fastify.post('/private', anyToken, (request) => answers.caller(getAuth(request)))
  fastify.get('/profile', anyToken, (request) => answers.profile(getAuth(request)))
  fastify.get('/messages', { onRequest: fastify.requireAuth(policies.messages) }, () => answers.allMessages())

  fastify.delete<{ Params: { id: string } }>(
    // Without the expression, a parameter may be empty.
    '/resource/:id(^.+$)',
    { onRequest: fastify.requireAuth(policies.resource) },
    (request) => answers.deleted(request.params.id),
  )

  fastify.get('/admin', { onRequest: fastify.requireAuth(policies.admin) }, (request) =>
    answers.admin(getAuth(request)),
  )

  fastify.get('/limited', { ...anyToken, preHandler: fastify.rateLimit() }, (request) =>
    answers.caller(getAuth(request)),
  )

  fastify.post('/transfer', { onRequest: fastify.requireAuth(policies.transfer) }, (request) =>
    answers.transferred(getAuth(request)),
  )

  fastify.get('/payments', { onRequest: fastify.requireAuth(policies.payments) }, (request) =>
    answers.payments(getAuth(request)),
  )

  fastify.get('/next', { onRequest: fastify.requireAuth(policies.messages) }, async (request, reply) => {
    const { status, body } = await callNext(getAuth(request), next)
    return reply.code(status).send(body)
  })
}

/** Under `/internal`: for other services, which act for themselves, and for operators. */
export async function internalRoutes(fastify: FastifyInstance): Promise<void> {
  fastify.post('/process', { onRequest: fastify.requireAuth(policies.machines) }, (request) =>
    answers.processed(getAuth(request)),
  )

  fastify.get('/traces/:id', { onRequest: fastify.requireAuth(policies.traces) }, fastify.traceRoute())
}

/** `/mcp`: any valid token, and for a tool what it needs. */
export async function mcpRoutes(fastify: FastifyInstance): Promise<void> {
  const tools = {
    list_messages: fastify.requireAuth(mcp.toolNeeds.list_messages),
    send_message: fastify.requireAuth(mcp.toolNeeds.send_message),
  }
  const calls = new WeakMap<object, McpCall>()

  const guards = {
    onRequest: fastify.requireAuth(policies.anyToken),
    preHandler: async (request: FastifyRequest, reply: FastifyReply) => {
      const call = await mcp.readCall(request.raw)
      calls.set(request, call)
      const tool = mcp.toolOf(call)
      if (tool !== undefined) await tools[tool](request, reply)
    },
  }
  fastify.post('/mcp', guards, (request, reply) => {
    const { status, body } = mcp.answerCall(calls.get(request) ?? 'no request', getAuth(request))
    return reply.code(status).send(body)
  })

  const { onRequest } = guards
  fastify.route({
    method: ['GET', 'DELETE'],
    url: '/mcp',
    onRequest,
    handler: (_request, reply) => {
      const { status, headers, body } = mcp.otherMethod
      return reply.code(status).headers(headers).send(body)
    },
  })
}
