import { describeTraces } from '@acme/tests-adapters'
import { Hono } from 'hono'

import { createAuth } from '../src/index.js'
import { serve } from './serve.js'

describeTraces('Hono', async ({ options }) => {
  const { requireAuth, resourceServer, traceRoute } = createAuth(options)
  const app = new Hono()
  app.get('/', requireAuth(), (c) => c.text('done'))
  app.get('/internal/traces', requireAuth('read:traces'), traceRoute())
  app.get('/internal/traces/:id', requireAuth('read:traces'), traceRoute())
  app.get('/open/:id', traceRoute())
  return { port: await serve(app), resourceServer }
})
