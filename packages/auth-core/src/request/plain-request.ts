import { configurationError } from '../options/option-checks.js'
import { headerText } from './resource-request.js'
import type { ResourceRequest } from './resource-request.js'

/** A request by its parts, such as a web `Request` (Fetch §6.3) or an object with plain headers. */
export interface PlainRequest {
  /** @defaultValue 'GET' */
  readonly method?: string | undefined
  /** As the client addressed it, for DPoP; a path alone is enough for Bearer tokens. */
  readonly url: string
  readonly headers: Iterable<readonly [name: string, value: string]> | Readonly<Record<string, PlainHeader>>
}

/** One value, or several lines. */
export type PlainHeader = string | readonly string[] | undefined

/**
 * The {@link ResourceRequest} of a request by its parts, for `verifyRequest`. No proxy is trusted: the URL is taken as the
 * one that the client addressed.
 *
 * @throws {TypeError} for what is no such request
 */
export function asResourceRequest(given: ResourceRequest | PlainRequest): ResourceRequest {
  if ('trustedHops' in given) return given
  const { method = 'GET', url, headers } = given
  if (typeof url !== 'string')
    throw configurationError('url', url, "the request's, such as 'https://api.example.com/x'")
  // Split as text: parsing it could change the path.
  const [, scheme = 'http', authority, target = url] = /^(https?):\/\/([^/?#]*)(.*)$/i.exec(url) ?? []
  const rawHeaders = listed(headers)
  const hasHost = rawHeaders.some((name, index) => index % 2 === 0 && name.toLowerCase() === 'host')
  if (authority !== undefined && !hasHost) rawHeaders.push('host', authority)
  return {
    method,
    target,
    rawHeaders,
    scheme: scheme.toLowerCase(),
    peer: undefined,
    trustedHops: () => 0,
    identity: given,
  }
}

function listed(headers: PlainRequest['headers']): string[] {
  if (typeof headers !== 'object' || headers === null)
    throw configurationError('headers', headers, 'Headers, or an object')
  const entries = Symbol.iterator in headers ? [...headers] : Object.entries(headers)
  return entries.flatMap(([name, value]: readonly [string, PlainHeader]) =>
    (Array.isArray(value) ? value : [value]).flatMap((one: unknown) =>
      one === undefined ? [] : [name, headerText(one)],
    ),
  )
}
