import type { AddressInfo } from 'node:net'

import { adapterOptions, contractAnswer } from '@acme/auth-conformance'
import type { ContractRoute, StartContractServer } from '@acme/auth-conformance'
import express from 'express'
import type { RequestHandler } from 'express'

import { createAuth, getOptionalAuth } from '../src/index.js'
import type { ExpressAuth } from '../src/index.js'

const handler: RequestHandler = (request, response) => {
  response.json(contractAnswer(getOptionalAuth(request)))
}

function guardOf(auth: ExpressAuth, { wanted }: ContractRoute): RequestHandler {
  return wanted === 'optional' ? auth.optionalAuth() : auth.requireAuth(...wanted)
}

function guardsOf(auth: ExpressAuth, route: ContractRoute): readonly RequestHandler[] {
  return route.guard === 'none' ? [] : [guardOf(auth, route)]
}

export const startExpress: StartContractServer = async ({ options, trustProxy, routes }) => {
  const auth = createAuth(adapterOptions(options))
  const app = express()
  app.disable('x-powered-by')
  app.set('trust proxy', trustProxy)
  app.get('/ready', async (_request, response) => {
    const readiness = await auth.resourceServer.ready()
    response.status(readiness.ready ? 200 : 503).json(readiness)
  })
  if (options.resourceMetadata !== undefined) app.use(auth.metadataRoute())
  app.use('/app', auth.requireAuth())
  for (const route of routes) {
    const router = express.Router()
    if (route.serves === 'traces') router.get(route.path, ...guardsOf(auth, route), auth.traceRoute())
    else router.all(route.path, guardOf(auth, route), handler)
    app.use(route.mountedAt ?? '/', router)
  }
  const server = app.listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  return {
    port: (server.address() as AddressInfo).port, // listens on TCP
    close: () => new Promise((resolve) => server.close(() => resolve())),
  }
}
