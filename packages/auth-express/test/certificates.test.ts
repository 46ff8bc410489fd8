import { once } from 'node:events'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'

import { contractAnswer } from '@acme/auth-conformance'
import { describeCertificates } from '@acme/tests-adapters'
import express from 'express'

import { createAuth, getAuth } from '../src/index.js'

describeCertificates('Express', async ({ tls, auth }) => {
  const app = express()
  app.get('/any', createAuth(auth).requireAuth(), (request, response) => {
    response.json(contractAnswer(getAuth(request)))
  })
  const server = createServer(tls, app).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo // listens on TCP
  return { port, close: () => new Promise((resolve) => server.close(() => resolve())) }
})
