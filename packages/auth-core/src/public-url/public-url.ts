import { defaultPort, formatTargetUrl, normalizePath, parsePort, parseTargetUrl, targetUrl } from './htu.js'
import type { TargetUrl } from './htu.js'
import { refusal } from '../outcome/errors.js'
import type { AuthError } from '../outcome/errors.js'
import type { AuthEvent } from '../outcome/events.js'
import { explainOrigin, explainParts } from './explain-url.js'
import { forwardedFields, NOT_FORWARDED } from './forwarded.js'
import type { ForwardedFields, UrlSource } from './forwarded.js'
import { createProxyWarning } from './proxy-warning.js'
import { headerValues, receivedValues } from '../request/resource-request.js'
import type { ResourceRequest } from '../request/resource-request.js'
import { isPlainPrefix } from './forwarded-prefix.js'
import type { GivenBase } from '../options/public-url-option.js'
import { configurationError } from '../options/option-checks.js'
import { quote, quoteUrl } from '../util/quote.js'

/** The URL that the client addressed, which `htu` of a DPoP proof must name. */
export interface PublicUrl {
  readonly url: TargetUrl
  /** What the URL was computed from, for explanations. Undefined when the caller of the library gave the URL. */
  readonly source: UrlSource | undefined
}

/**
 * Rebuilds the URL that the client addressed. Scheme, host, port, prefix and path are validated one by one, and the
 * path is the raw request target. Nothing is concatenated and parsed again, so no component can inject into another.
 *
 * @throws {AuthError} `url_unknown`
 */
export function publicUrl(request: ResourceRequest, publicOrigins: readonly string[]): PublicUrl {
  const source = { request, forwarded: forwardedFields(request) }
  const url = source.forwarded.trusted ? forwardedUrl(source) : connectionUrl(source)
  if (publicOrigins.length > 0 && !publicOrigins.includes(`${url.scheme}://${url.authority}`)) {
    throw urlUnknown(explainOrigin(url, publicOrigins, source))
  }
  return { url, source }
}

/** No trusted proxy: the client addressed this process. */
function connectionUrl(source: UrlSource): TargetUrl {
  const { request } = source
  const { scheme } = request
  const host = connectionHost(request)
  const path = targetPath(request.target)
  return targetUrl(scheme, host, path) ?? invalidParts({ scheme, host, path }, source)
}

/** The client addressed the outermost trusted proxy. */
function forwardedUrl(source: UrlSource): TargetUrl {
  const { request, forwarded } = source
  const { standard, legacy } = forwarded
  requireOneScheme(forwarded)
  const scheme = httpScheme(standard.proto) ?? httpScheme(legacy.proto) ?? request.scheme
  const host = standard.host ?? legacy.host ?? connectionHost(request)
  const port = forwardedPort(legacy.port)
  const path = withPrefix(forwardedPrefix(legacy.prefix), targetPath(request.target))
  // RFC 7239 §5.3: `host` of `Forwarded` is a whole authority. Without a port it means the scheme's default port, so
  // X-Forwarded-Port does not apply to it.
  const url =
    targetUrl(scheme, host, path, standard.host === undefined ? port : undefined) ??
    invalidParts({ scheme, host, path }, source)
  requireOneAuthority(url, forwarded, port)
  return url
}

function invalidParts(parts: Parameters<typeof explainParts>[0], source: UrlSource): never {
  throw urlUnknown(explainParts(parts, source))
}

/**
 * The URL for the operator's option `publicUrl`. No header has a say in it: neither Host nor a forwarding header.
 *
 * @throws {AuthError} `url_unknown`
 */
export function givenPublicUrl(request: ResourceRequest, base: GivenBase): PublicUrl {
  const { scheme, authority: host, prefix } = base
  const path = withPrefix(prefix, targetPath(request.target))
  const source = { request, forwarded: NOT_FORWARDED, base }
  return { url: targetUrl(scheme, host, path) ?? invalidParts({ scheme, host, path }, source), source }
}

/**
 * Makes the function that computes the URL of a request: from `base` where the operator gives one, else from the
 * request. In the latter case it warns once when every proxy is trusted.
 */
export function createPublicUrl(
  publicOrigins: readonly string[],
  onEvent: ((event: AuthEvent) => void) | undefined,
  base?: GivenBase,
): (request: ResourceRequest) => PublicUrl {
  if (base !== undefined) return (request) => givenPublicUrl(request, base)
  const warnOfProxies = createProxyWarning(publicOrigins, onEvent)
  return (request) => {
    const computed = publicUrl(request, publicOrigins)
    if (computed.source?.forwarded.trusted === true) warnOfProxies(request)
    return computed
  }
}

/** The URL that a caller of the library passes. @throws {TypeError} unless it is an http or https URL by RFC 3986 */
export function givenUrl(text: unknown): PublicUrl {
  const url = typeof text === 'string' ? parseTargetUrl(text) : undefined
  if (url === undefined) throw configurationError('url', text, 'a URL such as https://api.example.com/items')
  return { url, source: undefined }
}

/** RFC 9112 §3.2: exactly one Host. HTTP/2 has `:authority` instead (RFC 9113 §8.3.1). */
function connectionHost(request: ResourceRequest): string {
  // As received: a pseudo-header is no header field (RFC 9113 §8.3), so no middleware may have rewritten it.
  const authority = receivedValues(request.rawHeaders, ':authority')
  const hosts = authority.length > 0 ? authority : headerValues(request, 'host')
  const [host] = hosts
  if (host === undefined || hosts.length > 1) throw urlUnknown(`${hosts.length} Host headers, want one`)
  return host
}

/**
 * The path of the request target, in origin-form only (RFC 9112 §3.2.1). Absolute-form is for requests to proxies
 * (§3.2.2) and would bring a second host. In origin-form `//host/path` is a path, although a URL parser would take
 * `host` for a host.
 */
function targetPath(target: string): string {
  if (!target.startsWith('/')) {
    throw urlUnknown(`the request target is ${quoteUrl(target)}, want a path: absolute-form is for proxies`)
  }
  const end = target.search(/[?#]/)
  return end === -1 ? target : target.slice(0, end)
}

function forwardedPrefix(prefix: string | undefined): string {
  if (prefix === undefined) return ''
  if (!isPlainPrefix(prefix)) {
    throw urlUnknown(
      `X-Forwarded-Prefix is ${quote(prefix)}, want a plain path such as /shop, without escapes and dots`,
    )
  }
  return prefix.replace(/\/$/, '')
}

/**
 * Normalises the path before it joins them: `/../other` must not climb out of the prefix, to the URL of another API.
 */
function withPrefix(prefix: string, path: string): string {
  return prefix === '' ? path : prefix + (normalizePath(path) ?? path)
}

/**
 * The port that the proxy listens on. It applies only to a host without a port. A port in Host is the one that the
 * client addressed (RFC 9110 §7.2), while a proxy behind a port mapping reports its own. Ignoring the header then is
 * safe, since the URL becomes the one of a request without it.
 */
function forwardedPort(port: string | undefined): number | undefined {
  const number = port === undefined ? undefined : parsePort(port)
  if (port !== undefined && number === undefined) {
    throw urlUnknown(`X-Forwarded-Port is ${quote(port)}, want a number from 1 to 65535`)
  }
  return number
}

/**
 * Maps `ws` and `wss` to `http` and `https`. A WebSocket handshake is an HTTP request (RFC 6455 §4.1), but some proxies
 * report the scheme of the WebSocket URL for it.
 */
function httpScheme(proto: string | undefined): string | undefined {
  const scheme = proto?.toLowerCase()
  if (scheme === 'wss') return 'https'
  return scheme === 'ws' ? 'http' : scheme
}

/** Refuses contradicting headers: if one family is the client's own, no rule can tell which. */
function requireOneScheme({ standard, legacy }: ForwardedFields): void {
  if (standard.proto === undefined || legacy.proto === undefined) return
  if (httpScheme(standard.proto) === httpScheme(legacy.proto)) return
  throw disagreement(`proto=${quote(standard.proto)}`, `X-Forwarded-Proto says ${quote(legacy.proto)}`)
}

/** The same for host and port, where both families name them. */
function requireOneAuthority(url: TargetUrl, { standard, legacy }: ForwardedFields, port: number | undefined): void {
  if (standard.host === undefined) return
  const said = `host=${quote(standard.host)}`
  if (legacy.host !== undefined) {
    if (targetUrl(url.scheme, legacy.host, '/', port)?.authority === url.authority) return
    const and = port === undefined ? '' : `, X-Forwarded-Port ${port}`
    throw disagreement(said, `X-Forwarded-Host says ${quote(legacy.host)}${and}`)
  }
  const addressed = Number(/:(\d+)$/.exec(url.authority)?.[1] ?? defaultPort(url.scheme))
  if (port !== undefined && port !== addressed) throw disagreement(said, `X-Forwarded-Port says ${port}`)
}

function disagreement(standard: string, legacy: string): AuthError {
  return urlUnknown(`Forwarded says ${standard}, but ${legacy}: let the proxy write one family and remove the other`)
}

function urlUnknown(detail: string): AuthError {
  return refusal('url_unknown', detail)
}

/**
 * A configured origin in normal form, as public URLs are compared with it. Undefined for text that is not an origin.
 */
export function originOf(value: unknown): string | undefined {
  const url = typeof value === 'string' && /^[^?#]*$/.test(value) ? parseTargetUrl(value) : undefined
  return url?.path === '/' ? formatTargetUrl({ ...url, path: '' }) : undefined
}
