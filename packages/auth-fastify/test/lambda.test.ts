import { describeLambda } from '@acme/tests-adapters'
import awsLambdaFastify from '@fastify/aws-lambda'

import { createApp } from './serve.js'

// It injects requests without TLS; how clients address the API has to be said.
describeLambda(
  '@fastify/aws-lambda',
  async (options) => {
    const app = await createApp(options)
    app.get('/x', { onRequest: app.requireAuth() }, (request) => request.auth?.subject)
    const handler: unknown = awsLambdaFastify(app)
    return handler as (event: unknown) => Promise<unknown> // called without a context
  },
  { publicUrl: 'https://api.example.com' },
)
