import { createAuth, isAuthError } from '@acme/auth-hono'
import { serve } from '@hono/node-server'
import type { HttpBindings } from '@hono/node-server'
import { Hono } from 'hono'
import type { Context, MiddlewareHandler } from 'hono'
import { HTTPException } from 'hono/http-exception'

import { honoMiddleware } from '../candidates/hono.js'
import { ourOptions } from '../candidates/ours.js'
import { PATH } from '../material.js'
import { createCheck } from './checks.js'
import { BARE_PATH } from './setup.js'
import type { Setup } from './setup.js'

export async function listenHono(setup: Setup): Promise<number> {
  const app = new Hono()
  const answer = (c: Context): Response => c.text('ok')
  app.get(BARE_PATH, answer)
  app.get(PATH, guard(setup), answer)
  // Hono's own handler would print the error.
  app.onError((error, c) =>
    error instanceof HTTPException && isAuthError(error.cause) ? error.getResponse() : c.body(null, 401),
  )
  return new Promise((resolve) => {
    serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, ({ port }) => resolve(port))
  })
}

function guard(setup: Setup): MiddlewareHandler {
  if (setup.guard === 'ours') return createAuth(ourOptions(setup.issuer)).requireAuth()
  if (setup.guard === 'native') return honoMiddleware(setup.issuer)
  const check = createCheck(setup)
  return async (c, next) => {
    const { incoming } = c.env as HttpBindings // served by Node
    const pending = check(incoming.headers)
    if (pending !== undefined) await pending
    await next()
  }
}
