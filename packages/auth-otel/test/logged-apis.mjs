// Three APIs that log all they can: requests by pino-http and Fastify, decisions by core itself, the audit log, spans,
// and metrics when standard input ends. Everything goes to stdout and stderr, where a test looks for secrets.
import { createServer } from 'node:http'
import { inspect } from 'node:util'

import { createAuth as createExpressAuth, getAuth } from '@acme/auth-express'
import { auth0Plugin } from '@acme/auth-fastify'
import { createAuth as createHonoAuth } from '@acme/auth-hono'
import { introspection } from '@acme/auth-introspection'
import { auditLog, censor, combineEvents, createTelemetry, redactPaths } from '@acme/auth-otel'
import { getRequestListener } from '@hono/node-server'
import { context } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { PrometheusExporter } from '@opentelemetry/exporter-prometheus'
import { MeterProvider } from '@opentelemetry/sdk-metrics'
import { BasicTracerProvider, ConsoleSpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base'
import express from 'express'
import fastify from 'fastify'
import { Hono } from 'hono'
import { pino } from 'pino'
import { pinoHttp } from 'pino-http'

const { ISSUER, AUDIENCE, NONCE_SECRET, CLIENT_SECRET } = process.env
context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
const tracer = new BasicTracerProvider({
  spanProcessors: [new SimpleSpanProcessor(new ConsoleSpanExporter())],
}).getTracer('apis')
const exporter = new PrometheusExporter({ preventServerStart: true })
// Off: for a test that has to find something.
const redact = process.env.REDACT === 'off' ? [] : { paths: [...redactPaths], censor }
const requests = pinoHttp({ logger: pino({ redact }) })

const telemetry = createTelemetry({
  meterProvider: new MeterProvider({ readers: [exporter] }),
  sampleDurations: 1,
  routes: true,
  spans: { user: true },
})

const USE = { path: '/messages', origin: undefined }
const options = () => ({
  issuer: ISSUER,
  audience: AUDIENCE,
  connections: {},
  dpop: { nonce: { secret: NONCE_SECRET } },
  opaqueTokens: introspection({ clientId: 'orders-api', clientSecret: CLIENT_SECRET }),
  onEvent: combineEvents(telemetry.onEvent, auditLog(pino({ name: 'audit' })), (event) => {
    process.stdout.write(`${inspect(event)}\n`)
  }),
})

const urls = []
await startExpress()
await startFastify()
await startHono()
process.send(urls)
process.once('message', () => {
  exporter.getMetricsRequestHandler(
    {},
    { setHeader() {}, end: (text) => process.stdout.write(text, () => process.exit(0)) },
  )
})

async function listen(listener) {
  const server = createServer(listener)
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  urls.push(`http://127.0.0.1:${server.address().port}`)
}

async function startExpress() {
  const { requireAuth, resourceServer } = createExpressAuth(options())
  telemetry.observe(resourceServer)
  const app = express()
  app.use(requests)
  app.use((_request, response, next) =>
    tracer.startActiveSpan('express', (span) => {
      response.on('finish', () => span.end())
      next()
    }),
  )
  app.get('/messages', requireAuth('read:messages'), (_request, response) => response.json([]))
  app.get('/ticket', requireAuth(), (request, response, next) => {
    resourceServer.issueTicket(getAuth(request), USE).then((ticket) => response.json(ticket), next)
  })
  await listen(app)
}

async function startFastify() {
  const app = fastify({ logger: { redact } })
  app.addHook('onRequest', (_request, reply, done) =>
    tracer.startActiveSpan('fastify', (span) => {
      reply.raw.on('finish', () => span.end())
      done()
    }),
  )
  await app.register(auth0Plugin, options())
  telemetry.observe(app.resourceServer)
  app.get('/messages', { onRequest: app.requireAuth('read:messages') }, () => [])
  app.get('/ticket', { onRequest: app.requireAuth() }, ({ auth }) => app.resourceServer.issueTicket(auth, USE))
  urls.push(await app.listen({ port: 0, host: '127.0.0.1' }))
}

async function startHono() {
  const { requireAuth, resourceServer } = createHonoAuth(options())
  telemetry.observe(resourceServer)
  const app = new Hono()
  app.use((_c, next) =>
    tracer.startActiveSpan('hono', async (span) => {
      await next()
      span.end()
    }),
  )
  app.get('/messages', requireAuth('read:messages'), (c) => c.json([]))
  app.get('/ticket', requireAuth(), async (c) => c.json(await resourceServer.issueTicket(c.var.auth, USE)))
  const answer = getRequestListener(app.fetch)
  await listen((request, response) => {
    requests(request, response)
    return answer(request, response)
  })
}
