import { getAuth, getOptionalAuth } from '@acme/auth-express'
import type { ExpressAuth } from '@acme/auth-express'
import { answers, policies } from '@acme/sample-api'
import { Router } from 'express'

/** One path, one route: neither `/API/private` nor `/api/private/` is another name of `/api/private`. */
export const ROUTING = { caseSensitive: true, strict: true } as const

export function publicRoutes(): Router {
  const router = Router(ROUTING)
  router.get('/', (_request, response) => void response.json(answers.home()))
  router.get('/health', (_request, response) => void response.json(answers.health()))
  router.get('/public/info', (_request, response) => void response.json(answers.publicInfo()))
  router.get('/demo/token-structure', (_request, response) => void response.json(answers.explainToken()))
  return router
}

/** Under `/api`. */
export function apiRoutes({ requireAuth, optionalAuth }: ExpressAuth): Router {
  const router = Router(ROUTING)
  router.get('/public', (_request, response) => void response.json(answers.publicApi()))

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

  router.post('/transfer', requireAuth(policies.transfer), (request, response) => {
    response.json(answers.transferred(getAuth(request)))
  })

  router.get('/payments', requireAuth(policies.payments), (request, response) => {
    response.json(answers.payments(getAuth(request)))
  })
  return router
}

/** Under `/internal`: for other services, which act for themselves. */
export function internalRoutes({ requireAuth }: ExpressAuth): Router {
  const router = Router(ROUTING)
  router.post('/process', requireAuth(policies.machines), (request, response) => {
    response.json(answers.processed(getAuth(request)))
  })
  return router
}
