import { formatTargetUrl, parseTargetUrl, targetUrl } from './dpop/htu.js'
import type { TargetUrl } from './dpop/htu.js'
import { refusal } from './errors.js'
import type { AuthError } from './errors.js'
import { forwardedFields } from './forwarded.js'
import { headerValues } from './resource-request.js'
import type { ResourceRequest } from './resource-request.js'
import { configurationError } from './settings.js'
import { quote } from './quote.js'

/** The URL that the client addressed, and where each part of it came from. */
export interface PublicUrl {
  readonly url: TargetUrl
  /** For the operator, such as `scheme from the connection, host from Host`. */
  readonly source: string
}

/**
 * Rebuilds the URL that the client addressed. Scheme, host and prefix are checked separately and the path is taken
 * from the raw request target: nothing is joined and parsed again, so no part can move another.
 *
 * @throws {AuthError} `url_unknown`
 */
export function publicUrl(request: ResourceRequest, publicOrigins: readonly string[]): PublicUrl {
  const forwarded = forwardedFields(request)
  const scheme = forwarded.proto?.toLowerCase() ?? request.scheme
  const host = forwarded.host ?? connectionHost(request)
  const path = forwardedPrefix(forwarded.prefix) + targetPath(request.target)
  const url = targetUrl(scheme, host, path)
  if (url === undefined) throw unknown(`scheme ${quote(scheme)}, host ${quote(host)}, path ${quote(path)}`)
  if (publicOrigins.length > 0 && !publicOrigins.includes(`${url.scheme}://${url.authority}`)) {
    throw unknown(`origin ${quote(`${url.scheme}://${url.authority}`)} is not one of publicOrigins`)
  }
  const source = [
    `scheme from ${forwarded.proto === undefined ? 'the connection' : forwarded.family}`,
    `host from ${forwarded.host === undefined ? 'Host' : forwarded.family}`,
    ...(forwarded.prefix === undefined ? [] : ['prefix from X-Forwarded-Prefix']),
    ...(forwarded.trusted ? [] : [`no trusted proxy, the peer is ${quote(request.peer ?? 'unknown')}`]),
  ].join(', ')
  return { url, source }
}

/** A URL that the caller of the library gives. @throws {TypeError} when it is not an http URL by RFC 3986 */
export function givenUrl(text: string): PublicUrl {
  const url = parseTargetUrl(text)
  if (url === undefined) throw configurationError('url', text, 'a URL such as https://api.example.com/items')
  return { url, source: 'given' }
}

/** RFC 9112 §3.2: exactly one Host. HTTP/2 has `:authority` instead (RFC 9113 §8.3.1). */
function connectionHost(request: ResourceRequest): string {
  const authority = headerValues(request, ':authority')
  const hosts = authority.length > 0 ? authority : headerValues(request, 'host')
  const [host] = hosts
  if (host === undefined || hosts.length > 1) throw unknown(`${hosts.length} Host headers`)
  return host
}

/**
 * The path of the request target, in origin-form only (RFC 9112 §3.2.1). Absolute-form names a host of its own, which
 * is for proxies; `//host/path` is a path here.
 */
function targetPath(target: string): string {
  if (!target.startsWith('/')) throw unknown('the request target is not a path')
  const end = target.search(/[?#]/)
  return end === -1 ? target : target.slice(0, end)
}

// Segments of unreserved characters and sub-delims; no escapes, dots alone or empty segments can move the path.
const PREFIX = /^(?:\/(?!\.{1,2}(?:\/|$))[A-Za-z0-9._~!$&'()*+,;=:@-]+)+\/?$/

function forwardedPrefix(prefix: string | undefined): string {
  if (prefix === undefined || prefix === '/') return ''
  if (!PREFIX.test(prefix)) throw unknown(`X-Forwarded-Prefix is ${quote(prefix)}`)
  return prefix.replace(/\/$/, '')
}

function unknown(detail: string): AuthError {
  return refusal('url_unknown', detail)
}

/** A configured origin in the form that public URLs are compared in, or undefined when it is not an origin. */
export function originOf(value: unknown): string | undefined {
  const url = typeof value === 'string' && /^[^?#]*$/.test(value) ? parseTargetUrl(value) : undefined
  return url?.path === '/' ? formatTargetUrl({ ...url, path: '' }) : undefined
}
