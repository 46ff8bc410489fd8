import { describeShadow } from '@acme/tests-adapters'
import type { RequestHandler } from 'express'

import { createAuth } from '../src/index.js'
import { createApp, serve } from './serve.js'

const done: RequestHandler = (_request, response) => {
  response.end('done')
}

describeShadow('Express', async ({ options }) => {
  const { requireAuth, resourceServer } = createAuth(options)
  const app = createApp()
  app.get('/', requireAuth(), done)
  app.get('/items/:id', requireAuth({ scopes: 'read', shadow: 'write' }), done)
  return { port: await serve(app), resourceServer }
})
