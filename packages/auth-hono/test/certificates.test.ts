import { createSecureServer } from 'node:http2'
import type { AddressInfo } from 'node:net'

import { contractAnswer } from '@acme/auth-conformance'
import { describeCertificates } from '@acme/tests-adapters'
import { serve } from '@hono/node-server'
import { Hono } from 'hono'

import { createAuth } from '../src/index.js'

describeCertificates(
  'Hono',
  ({ tls, auth }) => {
    const app = new Hono().get('/any', createAuth(auth).requireAuth(), (c) => c.json(contractAnswer(c.var.auth)))
    return new Promise((resolve) => {
      const options = {
        fetch: app.fetch,
        port: 0,
        hostname: '127.0.0.1',
        createServer: createSecureServer,
        serverOptions: { ...tls, allowHTTP1: true },
      }
      const server = serve(options, ({ port }: AddressInfo) => {
        resolve({ port, close: () => new Promise((closed) => server.close(() => closed())) })
      })
    })
  },
  { http2: true },
)
