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
export function webRequest(c: Context): ResourceRequest {
  const { scheme, authority, target } = urlParts(c.req.url)
  const rawHeaders = [...c.req.raw.headers].flat()
  if (!c.req.raw.headers.has('host')) rawHeaders.push('host', authority)
  return { method: c.req.method, target, rawHeaders, scheme, peer: undefined, trustedHops: () => 0, identity: c }
}
