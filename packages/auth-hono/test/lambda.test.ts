import { describeLambda } from '@acme/tests-adapters'
import { Hono } from 'hono'
import { handle } from 'hono/aws-lambda'

import { createAuth } from '../src/index.js'

describeLambda('hono/aws-lambda', async (options) => {
  const app = new Hono().get('/x', createAuth(options).requireAuth(), (c) => c.text(String(c.var.auth.subject)))
  const handler: unknown = handle(app)
  return handler as (event: unknown) => Promise<unknown> // called without a context
})
