import { asFault } from '@acme/auth-core'
import type { ResourceServer } from '@acme/auth-core'

import type { AuthHandler } from './index.js'

/** Serves metadata, and leaves every other request to what comes after it. */
export function metadataRoute(resourceServer: ResourceServer): AuthHandler {
  const respond = resourceServer.metadataResponder()
  return (request, response, next) => {
    const { method, originalUrl, headers } = request
    const answer = respond({ method, target: originalUrl, host: headers.host })
    if (answer === undefined) return next()
    answer.then(
      ({ status, headers: own, body }) => {
        // A time-out, say, may have answered already.
        if (!response.headersSent) response.writeHead(status, own).end(body)
      },
      (reason: unknown) => next(asFault(reason)),
    )
  }
}
