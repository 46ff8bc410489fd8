import { asFault } from '@acme/auth-core'
import type { ResourceServer } from '@acme/auth-core'
import type { Request } from 'express'

import type { AuthHandler } from './index.js'
import type { GuardedRequest } from './guard.js'

/** Serves the trace that the parameter `id` of its route names, or a list of the latest where it has none. */
export function traceRoute(resourceServer: ResourceServer): AuthHandler {
  return (request, response, next) => {
    const { auth } = request as GuardedRequest // set by a guard, if there was one
    const { params, originalUrl: url } = request as Request<{ id?: string }> // of the route that it is the handler of
    resourceServer.traceResponse({ auth, id: params.id, url }).then(
      ({ status, headers, body }) => {
        // A time-out, say, may have answered already.
        if (!response.headersSent) response.writeHead(status, headers).end(body)
      },
      (reason: unknown) => next(asFault(reason)),
    )
  }
}
