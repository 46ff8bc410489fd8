import { getAuth, getOptionalAuth, publicRoute } from '@acme/auth-express'
import type { ExpressAuth } from '@acme/auth-express'
import { answers } from '@acme/sample-api'
import type { LimitSettings } from '@acme/sample-api'
import { Router } from 'express'

import { limitSubject } from './limits.js'

/** One path, one route: neither `/API/private` nor `/api/private/` is another name of `/api/private`. */
export const ROUTING = { caseSensitive: true, strict: true } as const

const anybody = publicRoute('for anybody, without a token')

export function publicRoutes(): Router {
  const router = Router(ROUTING)
  router.get('/', anybody, (_request, response) => void response.json(answers.home()))
  router.get('/health', anybody, (_request, response) => void response.json(answers.health()))
  router.get('/public/info', anybody, (_request, response) => void response.json(answers.publicInfo()))
  router.get('/demo/token-structure', anybody, (_request, response) => void response.json(answers.explainToken()))
  return router
}

/** Under `/api`. */
export function apiRoutes({ requireAuth, optionalAuth }: ExpressAuth, limits: LimitSettings): Router {
  const router = Router(ROUTING)
  router.get('/public', anybody, (_request, response) => void response.json(answers.publicApi()))

  router.get('/optional', optionalAuth(), (request, response) => {
    response.json(answers.optionalCaller(getOptionalAuth(request)))
  })

  router.get('/private', requireAuth(), (request, response) => {
    response.json(answers.caller(getAuth(request)))
  })

  router.post('/private', requireAuth(), (request, response) => {
    response.json(answers.caller(getAuth(request)))
  })

  router.get('/profile', requireAuth(), (request, response) => {
    response.json(answers.profile(getAuth(request)))
  })

  router.get('/messages', requireAuth('read:messages'), (_request, response) => {
    response.json(answers.allMessages())
  })

  router.delete('/resource/:id', requireAuth('delete:data', 'admin:access'), (request, response) => {
    response.json(answers.deleted(request.params.id))
  })

  router.get('/admin', requireAuth({ permissions: 'admin:access' }), (request, response) => {
    response.json(answers.admin(getAuth(request)))
  })

  router.get('/limited', requireAuth(), limitSubject(limits), (request, response) => {
    response.json(answers.caller(getAuth(request)))
  })
  return router
}

/** Under `/internal`: for other services, which act for themselves. */
export function internalRoutes({ requireAuth }: ExpressAuth): Router {
  const router = Router(ROUTING)
  router.post('/process', requireAuth({ clientCredentials: true }), (request, response) => {
    response.json(answers.processed(getAuth(request)))
  })
  return router
}
