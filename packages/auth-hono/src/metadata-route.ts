import { asFault } from '@acme/auth-core'
import type { ResourceServer } from '@acme/auth-core'
import type { Context, MiddlewareHandler } from 'hono'
import type { StatusCode } from 'hono/utils/http-status'

/** Serves metadata, and leaves every other request to what comes after it. */
export function metadataRoute(find: (c: Context) => ResourceServer | Promise<ResourceServer>): MiddlewareHandler {
  return async (c, next) => {
    const { method, url } = c.req
    const { pathname, host } = new URL(url)
    // Options of a request are not worked out for others.
    if (!pathname.startsWith('/.well-known/oauth-protected-resource')) return next()
    try {
      const respond = (await find(c)).metadataResponder()
      const answer = await respond({ method, target: pathname, host: c.req.header('host') ?? host })
      if (answer === undefined) return next()
      const { status, headers, body } = answer
      return c.newResponse(body === '' ? null : body, status as StatusCode, headers) // of HTTP
    } catch (reason) {
      throw asFault(reason)
    }
  }
}
