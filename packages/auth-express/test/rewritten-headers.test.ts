import type { IncomingHttpHeaders } from 'node:http'

import { describeRewrittenHeaders } from '@acme/tests-adapters'
import type { RequestHeaders } from '@acme/tests-adapters'

import { createAuth, getAuth } from '../src/index.js'
import { createApp, serve } from './serve.js'

function inPlace(headers: IncomingHttpHeaders): RequestHeaders {
  return {
    get: (name) => headers[name]?.toString(),
    set: (name, value) => void (headers[name] = value),
    delete: (name) => void delete headers[name],
  }
}

describeRewrittenHeaders('Express', ({ options, trustProxy, rewrite }) => {
  const app = createApp().set('trust proxy', trustProxy)
  app.use((request, _response, next) => {
    rewrite(inPlace(request.headers))
    next()
  })
  app.get('/', createAuth(options).requireAuth(), (request, response) => void response.send(getAuth(request).subject))
  return serve(app)
})

describeRewrittenHeaders('Express, with a list of values', ({ options, trustProxy, rewrite }) => {
  const app = createApp().set('trust proxy', trustProxy)
  app.use((request, _response, next) => {
    const own: IncomingHttpHeaders = { ...request.headers }
    rewrite({ ...inPlace(own), set: (name, value) => void (own[name] = [value]) })
    request.headers = own
    next()
  })
  app.get('/', createAuth(options).requireAuth(), (request, response) => void response.send(getAuth(request).subject))
  return serve(app)
})
