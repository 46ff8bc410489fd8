import { describeTraces } from '@acme/tests-adapters'

import { createApp, serve } from './serve.js'

describeTraces('Fastify', async ({ options }) => {
  const app = await createApp(options)
  const onRequest = app.requireAuth('read:traces')
  app.get('/', { onRequest: app.requireAuth() }, () => 'done')
  app.get('/internal/traces', { onRequest }, app.traceRoute())
  app.get('/internal/traces/:id', { onRequest }, app.traceRoute())
  app.get('/open/:id', app.traceRoute())
  return { port: await serve(app), resourceServer: app.resourceServer }
})
