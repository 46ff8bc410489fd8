import { createAuth, publicRoute } from '@acme/auth-express'
import express from 'express'

export const auth = createAuth({ issuer: 'https://issuer.example.com/', audience: 'https://api.example.com' })

export function createApp() {
  const app = express()
  app.get('/health', publicRoute('health checks'), (request, response) => response.json({}))
  app.get('/before', (request, response) => response.json({}))
  app.use(auth.requireAuth())
  app.get('/messages', auth.requireAuth('read:messages'), (request, response) => response.json([]))
  return app
}

// As applications do.
createApp().listen(0, '127.0.0.1')
