import { Hono } from 'hono'
import { createAuth } from '../src/index.js'
import { serve } from './serve.js'
import { describeFakeAuth } from '@acme/tests-adapters'

describeFakeAuth('Hono', () => {
  const { requireAuth } = createAuth({ domain: 'tenant.invalid', audience: 'https://api.test/' })
  return serve(new Hono().get('/read', requireAuth('read'), (c) => c.text(String(c.var.auth.subject))))
})
