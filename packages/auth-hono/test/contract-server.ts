import type { AddressInfo } from 'node:net'

import { adapterOptions, contractAnswer } from '@acme/auth-conformance'
import type { ContractConfiguration, ContractRoute, StartContractServer } from '@acme/auth-conformance'
import { serve } from '@hono/node-server'
import { Hono } from 'hono'
import type { ErrorHandler } from 'hono'
import { HTTPException } from 'hono/http-exception'

import { createAuth } from '../src/index.js'
import type { HonoAuth } from '../src/index.js'

/** A router with one route, typed by its guard. */
function routerOf(auth: HonoAuth, { path, wanted, serves, guard }: ContractRoute): Hono {
  const router = new Hono()
  if (serves === 'traces') {
    if (guard !== 'none' && wanted !== 'optional') router.get(path, auth.requireAuth(...wanted))
    router.get(path, auth.traceRoute())
  } else if (wanted === 'optional') router.all(path, auth.optionalAuth(), (c) => c.json(contractAnswer(c.var.auth)))
  else router.all(path, auth.requireAuth(...wanted), (c) => c.json(contractAnswer(c.var.auth)))
  return router
}

export const startHono: StartContractServer = (configuration) => start(configuration)

/** An application that answers errors by itself: exceptions with their own response, as Hono's documentation has it. */
export const startHonoWithOnError: StartContractServer = (configuration) =>
  start(configuration, (error) =>
    error instanceof HTTPException ? error.getResponse() : new Response(null, { status: 500 }),
  )

function start(
  { options, trustProxy, routes }: ContractConfiguration,
  onError?: ErrorHandler,
): ReturnType<StartContractServer> {
  const auth = createAuth({ ...adapterOptions(options), trustProxy })
  const app = new Hono()
  app.get('/ready', async (c) => {
    const readiness = await auth.resourceServer.ready()
    return c.json(readiness, readiness.ready ? 200 : 503)
  })
  if (options.resourceMetadata !== undefined) app.use(auth.metadataRoute())
  app.use('/app/*', auth.requireAuth())
  if (onError !== undefined) app.onError(onError)
  for (const route of routes) app.route(route.mountedAt ?? '/', routerOf(auth, route))
  return new Promise((resolve) => {
    const server = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, ({ port }: AddressInfo) => {
      resolve({ port, close: () => new Promise((closed) => server.close(() => closed())) })
    })
  })
}
