import { describeExplainer } from '@acme/tests-adapters'

import { createAuth } from '../src/index.js'
import { createApp, serve } from './serve.js'

describeExplainer('Express', "app.set('trust proxy', ...)", ({ options, trustProxy }) => {
  const app = createApp().set('trust proxy', trustProxy)
  app.get('/', createAuth(options).requireAuth(), (_request, response) => {
    response.end('done')
  })
  return serve(app)
})
