import { getAuth } from '@acme/auth-fastify'
import { answers, policies } from '@acme/sample-api'
import type { FastifyInstance } from 'fastify'

import { limitSubject } from './limits.js'
const anybody = { onRequest: publicRoute('for anybody, without a token') }

export async function publicRoutes(fastify: FastifyInstance): Promise<void> {
  fastify.get('/', () => answers.home())
  fastify.get('/health', () => answers.health())
  fastify.get('/public/info', () => answers.publicInfo())
  fastify.get('/demo/token-structure', () => answers.explainToken())
}

/** Under `/api`. */
export async function apiRoutes(fastify: FastifyInstance): Promise<void> {
  const anyToken = { onRequest: fastify.requireAuth(policies.anyToken) }

  fastify.get('/public', () => answers.publicApi())
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

  fastify.post('/transfer', { onRequest: fastify.requireAuth(policies.transfer) }, (request) =>
    answers.transferred(getAuth(request)),
  )

  fastify.get('/payments', { onRequest: fastify.requireAuth(policies.payments) }, (request) =>
    answers.payments(getAuth(request)),
  )
}

/** Under `/internal`: for other services, which act for themselves. */
export async function internalRoutes(fastify: FastifyInstance): Promise<void> {
  fastify.post('/process', { onRequest: fastify.requireAuth(policies.machines) }, (request) =>
    answers.processed(getAuth(request)),
  )
}
