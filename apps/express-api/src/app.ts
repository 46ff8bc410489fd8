import { createAuth, publicRoute } from '@acme/auth-express'
import type { ExpressAuth } from '@acme/auth-express'
import { selectSubprotocol } from '@acme/auth-express/websocket'
import { answerFault, answers } from '@acme/sample-api'
import type { SampleSettings } from '@acme/sample-api'
import cors from 'cors'
import express from 'express'
import type { ErrorRequestHandler, Express } from 'express'

import { WebSocketServer } from 'ws'

import { liveRoutes } from './live.js'
import { apiRoutes, documentRoutes, internalRoutes, mcpRoutes, publicRoutes, ROUTING } from './routes.js'

/** Where its WebSockets are kept. */
export function createSockets(): WebSocketServer {
  return new WebSocketServer({ noServer: true, handleProtocols: selectSubprotocol, maxPayload: 65_536 })
}

/** The sample API. @throws {TypeError} when an option is bad */
export function createApp(
  settings: SampleSettings,
  auth: ExpressAuth = createAuth(settings.auth),
  sockets: WebSocketServer = createSockets(),
): Express {
  const { auth: options, trustProxy } = settings
  const app = express()
  app.disable('x-powered-by')
  // Which proxies may say how the client addressed this API: `auth` goes by this setting, too.
  app.set('trust proxy', trustProxy)
  app.set('case sensitive routing', ROUTING.caseSensitive)
  app.set('strict routing', ROUTING.strict)

  // Before the guards: a page could not read a refusal otherwise.
  if (settings.cors !== undefined) app.use(cors(settings.cors))
  if (options.resourceMetadata !== undefined) app.use(auth.metadataRoute())
  app.use(publicRoutes())
  app.use(documentRoutes(app, settings))
  app.use(liveRoutes(auth, settings, sockets))
  app.use('/api', apiRoutes(auth, settings))
  app.use('/internal', internalRoutes(auth))
  app.use(mcpRoutes(auth))
  app.use(publicRoute('what is not found'), (_request, response) => {
    response.status(404).json(answers.notFound())
  })
  app.use(handleError)
  return app
}

// Express knows an error handler by its four parameters.
const handleError: ErrorRequestHandler = (error, _request, response, next) => {
  const { status, headers, body } = answerFault(error)
  // Too late for an answer: Express ends the connection.
  if (response.headersSent) next(error)
  else response.status(status).set(headers).json(body)
}
