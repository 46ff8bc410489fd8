import { describeMetadata, send } from '@acme/tests-adapters'
import express from 'express'
import { expect, it } from 'vitest'

import { createAuth } from '../src/index.js'
import { startExpress } from './contract-server.js'
import { serve } from './serve.js'

describeMetadata('Express', startExpress)

it('metadata is not written where the application has answered meanwhile', async () => {
  const resource = 'https://api.example.com'
  const auth = createAuth({ domain: 'tenant.auth0.com', audience: resource, resourceMetadata: { resource } })
  const app = express()
  app.use((_request, response, next) => {
    next()
    response.status(503).end('busy')
  })
  app.use(auth.metadataRoute())
  const port = await serve(app)
  for (const path of ['/.well-known/oauth-protected-resource', '/']) {
    expect(await send(port, path)).toMatchObject({ status: 503, body: 'busy' })
  }
})
