import { describeExplainer } from '@acme/tests-adapters'

import { createApp, serve } from './serve.js'

describeExplainer('Fastify', 'fastify({ trustProxy: ... })', async ({ options, trustProxy }) => {
  const app = await createApp(options, { trustProxy })
  app.get('/', { onRequest: app.requireAuth() }, () => 'done')
  return serve(app)
})
