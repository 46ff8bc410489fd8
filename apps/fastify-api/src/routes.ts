import { getAuth, publicRoute } from '@acme/auth-fastify'
import { answers } from '@acme/sample-api'
import type { LimitSettings } from '@acme/sample-api'
import type { FastifyInstance } from 'fastify'

import { limitSubject } from './limits.js'
const anybody = { onRequest: publicRoute('for anybody, without a token') }

export async function publicRoutes(fastify: FastifyInstance): Promise<void> {
  fastify.get('/', anybody, () => answers.home())
  fastify.get('/health', anybody, () => answers.health())
  fastify.get('/public/info', anybody, () => answers.publicInfo())
  fastify.get('/demo/token-structure', anybody, () => answers.explainToken())
}

/** Under `/api`. */
export async function apiRoutes(fastify: FastifyInstance, { limits }: { limits: LimitSettings }): Promise<void> {
  await limitSubject(fastify, limits)
  const anyToken = { onRequest: fastify.requireAuth() }

  fastify.get('/public', anybody, () => answers.publicApi())
  fastify.get('/optional', { onRequest: fastify.optionalAuth() }, (request) => answers.optionalCaller(request.auth))
  fastify.get('/private', anyToken, (request) => answers.caller(getAuth(request)))
  fastify.post('/private', anyToken, (request) => answers.caller(getAuth(request)))
  fastify.get('/profile', anyToken, (request) => answers.profile(getAuth(request)))
  fastify.get('/messages', { onRequest: fastify.requireAuth('read:messages') }, () => answers.allMessages())

  fastify.delete<{ Params: { id: string } }>(
    // Without the expression, a parameter may be empty.
    '/resource/:id(^.+$)',
    { onRequest: fastify.requireAuth('delete:data', 'admin:access') },
    (request) => answers.deleted(request.params.id),
  )

  fastify.get('/admin', { onRequest: fastify.requireAuth({ permissions: 'admin:access' }) }, (request) =>
    answers.admin(getAuth(request)),
  )

  fastify.get('/limited', { ...anyToken, preHandler: fastify.rateLimit() }, (request) =>
    answers.caller(getAuth(request)),
  )
}

/** Under `/internal`: for other services, which act for themselves. */
export async function internalRoutes(fastify: FastifyInstance): Promise<void> {
  fastify.post('/process', { onRequest: fastify.requireAuth({ clientCredentials: true }) }, (request) =>
    answers.processed(getAuth(request)),
  )
}
