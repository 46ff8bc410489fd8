import { describeShadow } from '@acme/tests-adapters'
import { Hono } from 'hono'

import { createAuth } from '../src/index.js'
import { serve } from './serve.js'

describeShadow('Hono', async ({ options }) => {
  const { requireAuth, resourceServer } = createAuth(options)
  const app = new Hono()
  app.get('/', requireAuth(), (c) => c.text('done'))
  app.get('/items/:id', requireAuth({ scopes: 'read', shadow: 'write' }), (c) => c.text('done'))
  return { port: await serve(app), resourceServer }
})
