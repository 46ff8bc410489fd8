import type { AddressInfo } from 'node:net'

import { contractAnswer } from '@acme/auth-conformance'
import { describeCertificates } from '@acme/tests-adapters'
import fastify from 'fastify'

import { auth0Plugin } from '../src/index.js'

describeCertificates(
  'Fastify',
  async ({ tls, auth }) => {
    const app = fastify({ http2: true, https: { ...tls, allowHTTP1: true } })
    await app.register(auth0Plugin, auth)
    app.get('/any', { preHandler: app.requireAuth() }, (request) => contractAnswer(request.auth))
    await app.listen({ port: 0, host: '127.0.0.1' })
    const { port } = app.server.address() as AddressInfo // listens on TCP
    return { port, close: () => app.close() }
  },
  { http2: true },
)
