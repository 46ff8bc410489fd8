import { describeTraces } from '@acme/tests-adapters'
import type { RequestHandler } from 'express'

import { createAuth } from '../src/index.js'
import { createApp, serve } from './serve.js'

const done: RequestHandler = (_request, response) => {
  response.end('done')
}

describeTraces('Express', async ({ options }) => {
  const { requireAuth, resourceServer, traceRoute } = createAuth(options)
  const app = createApp()
  app.get('/', requireAuth(), done)
  app.get('/internal/traces', requireAuth('read:traces'), traceRoute())
  app.get('/internal/traces/:id', requireAuth('read:traces'), traceRoute())
  app.get('/open/:id', traceRoute())
  return { port: await serve(app), resourceServer }
})
