import { once } from 'node:events'
import { createServer } from 'node:http'
import type { RequestListener, Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setImmediate } from 'node:timers/promises'

import type { AuthOptions, ResourceServer } from '@acme/auth-core'
import { createAuth as createExpressAuth } from '@acme/auth-express'
import { auth0Plugin } from '@acme/auth-fastify'
import { createAuth as createHonoAuth } from '@acme/auth-hono'
import { getRequestListener } from '@hono/node-server'
import type { Tracer } from '@opentelemetry/api'
import express from 'express'
import fastify from 'fastify'
import { Hono } from 'hono'
import { pino } from 'pino'
import type { DestinationStream } from 'pino'
import { pinoHttp } from 'pino-http'

import { censor, redactPaths } from '../src/index.js'

/** Beside the options of the guard. */
export interface ApiOptions {
  /** Has each request in a span. */
  readonly tracer?: Tracer
  /** Where requests are logged, by pino-http or by Fastify. */
  readonly log?: DestinationStream
}

export interface Api {
  readonly url: string
  readonly resourceServer: ResourceServer
  close(): unknown
}

/** An API with `GET /messages`, which needs the scope `read:messages`, `GET /items/:id`, and `GET /maybe`, which is optional. */
export type StartApi = (options: AuthOptions, api?: ApiOptions) => Promise<Api>

const redact = { paths: [...redactPaths], censor }

async function listening(listener: RequestListener, resourceServer: ResourceServer): Promise<Api> {
  const server = createServer(listener).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { url: urlOf(server), resourceServer, close: () => server.close() }
}

function urlOf(server: Server): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}` // listens on TCP
}

const startExpress: StartApi = async (options, { tracer, log } = {}) => {
  const { requireAuth, optionalAuth, resourceServer } = createExpressAuth(options)
  const app = express()
  if (log !== undefined) app.use(pinoHttp({ logger: pino({ redact }, log) }))
  if (tracer !== undefined) {
    app.use((_request, response, next) =>
      tracer.startActiveSpan('request', async (span) => {
        response.on('finish', () => span.end())
        await setImmediate()
        next()
      }),
    )
  }
  app.get('/messages', requireAuth('read:messages'), (_request, response) => void response.json([]))
  app.get('/items/:id', requireAuth(), (_request, response) => void response.json({}))
  app.get('/maybe', optionalAuth(), (_request, response) => void response.json({}))
  return listening(app, resourceServer)
}

const startFastify: StartApi = async (options, { tracer, log } = {}) => {
  const app = fastify({ forceCloseConnections: true, logger: log === undefined ? false : { redact, stream: log } })
  if (tracer !== undefined) {
    app.addHook('onRequest', (_request, reply, done) => {
      // Nothing is returned: of a promise Fastify would go on a second time.
      void tracer.startActiveSpan('request', async (span) => {
        reply.raw.on('finish', () => span.end())
        await setImmediate()
        done()
      })
    })
  }
  await app.register(auth0Plugin, options)
  app.get('/messages', { onRequest: app.requireAuth('read:messages') }, () => [])
  app.get('/items/:id', { onRequest: app.requireAuth() }, () => ({}))
  app.get('/maybe', { onRequest: app.optionalAuth() }, () => ({}))
  await app.listen({ port: 0, host: '127.0.0.1' })
  return { url: urlOf(app.server), resourceServer: app.resourceServer, close: () => app.close() }
}

const startHono: StartApi = (options, { tracer, log } = {}) => {
  const { requireAuth, optionalAuth, resourceServer } = createHonoAuth(options)
  const app = new Hono()
  if (tracer !== undefined) {
    app.use((_c, next) =>
      tracer.startActiveSpan('request', async (span) => {
        await setImmediate()
        await next()
        span.end()
      }),
    )
  }
  app.get('/messages', requireAuth('read:messages'), (c) => c.json([]))
  app.get('/items/:id', requireAuth(), (c) => c.json({}))
  app.get('/maybe', optionalAuth(), (c) => c.json({}))
  const answer = getRequestListener(app.fetch)
  const logged = log === undefined ? undefined : pinoHttp({ logger: pino({ redact }, log) })
  return listening((request, response) => {
    logged?.(request, response)
    void answer(request, response)
  }, resourceServer)
}

export const APIS: readonly (readonly [name: string, start: StartApi])[] = [
  ['Express', startExpress],
  ['Fastify', startFastify],
  ['Hono', startHono],
]
