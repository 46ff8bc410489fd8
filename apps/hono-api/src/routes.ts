import type { HonoAuth } from '@acme/auth-hono'
import { answers, policies } from '@acme/sample-api'
import { Hono } from 'hono'

import { limitSubject } from './limits.js'
const anybody = publicRoute('for anybody, without a token')

export function publicRoutes(): Hono {
  return new Hono()
    .get('/', (c) => c.json(answers.home()))
    .get('/health', (c) => c.json(answers.health()))
    .get('/public/info', (c) => c.json(answers.publicInfo()))
    .get('/demo/token-structure', (c) => c.json(answers.explainToken()))
}

/** Under `/api`. */
export function apiRoutes({ requireAuth, optionalAuth }: HonoAuth): Hono {
  const api = new Hono()
  api.get('/public', (c) => c.json(answers.publicApi()))
  api.get('/optional', optionalAuth(), (c) => c.json(answers.optionalCaller(c.var.auth)))
  api.on(['GET', 'POST'], '/private', requireAuth(policies.anyToken), (c) => c.json(answers.caller(c.var.auth)))
  api.get('/profile', requireAuth(policies.anyToken), (c) => c.json(answers.profile(c.var.auth)))
  api.get('/messages', requireAuth(policies.messages), (c) => c.json(answers.allMessages()))
  api.delete('/resource/:id', requireAuth(policies.resource), (c) => c.json(answers.deleted(c.req.param('id'))))
  api.get('/admin', requireAuth(policies.admin), (c) => c.json(answers.admin(c.var.auth)))
  api.post('/transfer', requireAuth(policies.transfer), (c) => c.json(answers.transferred(c.var.auth)))
  api.get('/payments', requireAuth(policies.payments), (c) => c.json(answers.payments(c.var.auth)))
  return api
}

/** Under `/internal`: for other services, which act for themselves. */
export function internalRoutes({ requireAuth }: HonoAuth): Hono {
  const internal = new Hono()
  internal.post('/process', requireAuth(policies.machines), (c) => c.json(answers.processed(c.var.auth)))
  return internal
}
