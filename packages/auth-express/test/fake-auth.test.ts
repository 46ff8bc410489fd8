import { createAuth, getAuth } from '../src/index.js'
import { createApp, serve } from './serve.js'
import { describeFakeAuth } from '@acme/tests-adapters'

describeFakeAuth('Express', () => {
  const { requireAuth } = createAuth({ domain: 'tenant.invalid', audience: 'https://api.test/' })
  const app = createApp()
  app.get('/read', requireAuth('read'), (request, response) => void response.send(getAuth(request).subject))
  return serve(app)
})
