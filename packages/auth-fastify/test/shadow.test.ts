import { describeShadow } from '@acme/tests-adapters'

import { createApp, serve } from './serve.js'

describeShadow('Fastify', async ({ options }) => {
  const app = await createApp(options)
  app.get('/', { onRequest: app.requireAuth() }, () => 'done')
  app.get('/items/:id', { onRequest: app.requireAuth({ scopes: 'read', shadow: 'write' }) }, () => 'done')
  return { port: await serve(app), resourceServer: app.resourceServer }
})
