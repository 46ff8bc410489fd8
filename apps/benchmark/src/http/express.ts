import { once } from 'node:events'
import type { AddressInfo } from 'node:net'

import { createAuth } from '@acme/auth-express'
import express from 'express'
import type { ErrorRequestHandler, RequestHandler } from 'express'

import { expressMiddleware } from '../candidates/express-oauth2-jwt-bearer.js'
import { ourOptions } from '../candidates/ours.js'
import { PATH } from '../material.js'
import { createCheck } from './checks.js'
import { BARE_PATH } from './setup.js'
import type { Setup } from './setup.js'

export async function listenExpress(setup: Setup): Promise<number> {
  const app = express()
  const answer: RequestHandler = (_request, response) => void response.send('ok')
  app.get(BARE_PATH, answer)
  app.get(PATH, guard(setup), answer)
  app.use(refuse)
  const server = app.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return (server.address() as AddressInfo).port // a listening TCP server has no other kind
}

/** Express' own handler would print the error. */
const refuse: ErrorRequestHandler = (_error, _request, response, _next) => void response.status(401).end()

function guard(setup: Setup): RequestHandler {
  if (setup.guard === 'ours') return createAuth(ourOptions(setup.issuer)).requireAuth()
  if (setup.guard === 'native') return expressMiddleware(setup.issuer)
  const check = createCheck(setup)
  return (request, _response, next) => {
    const pending = check(request.headers)
    if (pending === undefined) next()
    else pending.then(() => next(), next)
  }
}
