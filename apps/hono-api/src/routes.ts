import { publicRoute } from '@acme/auth-hono'
import type { HonoAuth } from '@acme/auth-hono'
import { answers } from '@acme/sample-api'
import type { LimitSettings } from '@acme/sample-api'
import { Hono } from 'hono'

import { limitSubject } from './limits.js'
const anybody = publicRoute('for anybody, without a token')

export function publicRoutes(): Hono {
  return new Hono()
    .get('/', anybody, (c) => c.json(answers.home()))
    .get('/health', anybody, (c) => c.json(answers.health()))
    .get('/public/info', anybody, (c) => c.json(answers.publicInfo()))
    .get('/demo/token-structure', anybody, (c) => c.json(answers.explainToken()))
}

/** Under `/api`. */
export function apiRoutes({ requireAuth, optionalAuth }: HonoAuth, limits: LimitSettings): Hono {
  const api = new Hono()
  api.get('/public', anybody, (c) => c.json(answers.publicApi()))
  api.get('/optional', optionalAuth(), (c) => c.json(answers.optionalCaller(c.var.auth)))
  api.on(['GET', 'POST'], '/private', requireAuth(), (c) => c.json(answers.caller(c.var.auth)))
  api.get('/profile', requireAuth(), (c) => c.json(answers.profile(c.var.auth)))
  api.get('/messages', requireAuth('read:messages'), (c) => c.json(answers.allMessages()))
  api.delete('/resource/:id', requireAuth('delete:data', 'admin:access'), (c) =>
    c.json(answers.deleted(c.req.param('id'))),
  )
  api.get('/admin', requireAuth({ permissions: 'admin:access' }), (c) => c.json(answers.admin(c.var.auth)))
  api.get('/limited', requireAuth(), limitSubject(limits), (c) => c.json(answers.caller(c.var.auth)))
  return api
}

/** Under `/internal`: for other services, which act for themselves. */
export function internalRoutes({ requireAuth }: HonoAuth): Hono {
  const internal = new Hono()
  internal.post('/process', requireAuth({ clientCredentials: true }), (c) => c.json(answers.processed(c.var.auth)))
  return internal
}
