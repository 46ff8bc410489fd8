import { describeLambda } from '@acme/tests-adapters'
import type { LambdaEvent, LambdaOptions } from '@acme/tests-adapters'
import { configure } from '@codegenie/serverless-express'
import serverlessHttp from 'serverless-http'

import { createAuth, getAuth } from '../src/index.js'
import { createApp } from './serve.js'

function appWith(options: LambdaOptions): ReturnType<typeof createApp> {
  // It goes by req.headers, and would have an ETag for the answer.
  const app = createApp().disable('etag')
  return app.get('/x', createAuth(options).requireAuth(), (request, response) => {
    response.end(getAuth(request).subject)
  })
}

describeLambda('serverless-http', async (options) => {
  const handler = serverlessHttp(appWith(options))
  return (event) => handler({ ...event, body: '' }, {})
})

describeLambda('@codegenie/serverless-express', async (options) => {
  const handler: unknown = configure({ app: appWith(options) })
  const invoke = handler as (event: LambdaEvent, context: object) => Promise<unknown> // as functions in the cloud are called
  return (event) => invoke(event, {})
})
