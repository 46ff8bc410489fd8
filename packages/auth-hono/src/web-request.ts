import type { ResourceRequest } from '@acme/auth-core'
import type { Context } from 'hono'

/** Split as text, since parsing it again could change the path. */
export function urlParts(url: string): {
  readonly scheme: string
  readonly authority: string
  readonly target: string
} {
  const [, scheme = '', authority = '', target = ''] = /^([a-z]+):\/\/([^/?#]*)(.*)$/is.exec(url) ?? []
  return { scheme, authority, target }
}

/** What a web Request tells. Header fields of one name are joined there, and the text of two is no credential. */
export class WebRequest implements ResourceRequest {
  readonly identity: Context
  readonly method: string
  readonly scheme: string
  readonly target: string
  readonly rawHeaders: readonly string[]
  readonly peer: string | undefined = undefined
  readonly trustedHops: ResourceRequest['trustedHops'] = () => 0

  constructor(c: Context) {
    const { scheme, authority, target } = urlParts(c.req.url)
    const rawHeaders = [...c.req.raw.headers].flat()
    if (!c.req.raw.headers.has('host')) rawHeaders.push('host', authority)
    this.identity = c
    this.method = c.req.method
    this.scheme = scheme
    this.target = target
    this.rawHeaders = rawHeaders
  }

  get requestId(): unknown {
    return requestIdOf(this.identity)
  }

  get route(): unknown {
    return routeOf(this.identity)
  }
}

/** As `hono/request-id` sets it. */
export function requestIdOf(c: Context): unknown {
  return c.get('requestId')
}

/** The pattern of the handler: the last that matches, behind the patterns of middleware. */
export function routeOf(c: Context): unknown {
  return c.req.matchedRoutes.findLast(({ method, path }) => method !== 'ALL' || !path.endsWith('*'))?.path
}
