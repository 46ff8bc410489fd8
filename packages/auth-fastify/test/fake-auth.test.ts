import fastify from 'fastify'
import { auth0Plugin, getAuth } from '../src/index.js'
import { serve } from './serve.js'
import { describeFakeAuth } from '@acme/tests-adapters'

describeFakeAuth('Fastify', async () => {
  const app = fastify()
  await app.register(auth0Plugin, { domain: 'tenant.invalid', audience: 'https://api.test/' })
  app.get('/read', { onRequest: app.requireAuth('read') }, (request) => getAuth(request).subject)
  return serve(app)
})
