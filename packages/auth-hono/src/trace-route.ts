import { asFault } from '@acme/auth-core'
import type { ResourceServer } from '@acme/auth-core'
import type { Context, MiddlewareHandler } from 'hono'
import type { StatusCode } from 'hono/utils/http-status'

/** Serves the trace that the parameter `id` of its route names, or a list where it has none. */
export function traceRoute(find: (c: Context) => ResourceServer | Promise<ResourceServer>): MiddlewareHandler {
  return async (c) => {
    const auth: unknown = c.get('auth')
    try {
      const resourceServer = await find(c)
      const asking = { auth: typeof auth === 'object' ? auth : null, id: c.req.param('id'), url: c.req.url }
      const { status, headers, body } = await resourceServer.traceResponse(asking)
      return c.newResponse(body, status as StatusCode, headers) // of HTTP
    } catch (reason) {
      throw asFault(reason)
    }
  }
}
