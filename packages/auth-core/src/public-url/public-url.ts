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
import { quote } from '../util/quote.js'

/** The URL that the client addressed. */
export interface PublicUrl {
  readonly url: TargetUrl
  /** What it was made from, to explain it; undefined for a URL that was given. */
  readonly source: UrlSource | undefined
}

/**
 * Rebuilds the URL that the client addressed. Scheme, host, port and prefix are checked separately and the path is
 * taken from the raw request target: nothing is joined and parsed again, so no part can move another.
 *
 * @throws {AuthError} `url_unknown`
 */
export function publicUrl(request: ResourceRequest, publicOrigins: readonly string[]): PublicUrl {
  const forwarded = forwardedFields(request)
  const { standard, legacy } = forwarded
  requireOneScheme(forwarded)
  const scheme = httpScheme(standard.proto) ?? httpScheme(legacy.proto) ?? request.scheme
  const host = standard.host ?? legacy.host ?? connectionHost(request)
  const port = forwardedPort(legacy.port)
  const path = below(forwardedPrefix(legacy.prefix), targetPath(request.target))
  // RFC 7239 §5.3: the host of `Forwarded` is a whole authority; without a port it has the default one.
  const url = targetUrl(scheme, host, path, standard.host === undefined ? port : undefined)
  const source = { request, forwarded }
  if (url === undefined) throw unknown(explainParts({ scheme, host, path }, source))
  requireOneAuthority(url, forwarded, port)
  if (publicOrigins.length > 0 && !publicOrigins.includes(`${url.scheme}://${url.authority}`)) {
    throw unknown(explainOrigin(url, publicOrigins, source))
  }
  return { url, source }
}

/**
 * The URL below a base that the operator has given: no header is asked, be it Host or forwarded.
 *
 * @throws {AuthError} `url_unknown`
 */
export function givenPublicUrl(request: ResourceRequest, base: GivenBase): PublicUrl {
  const path = below(base.prefix, targetPath(request.target))
  const source = { request, forwarded: NOT_FORWARDED, base }
  const url = targetUrl(base.scheme, base.authority, path)
  if (url === undefined) throw unknown(explainParts({ scheme: base.scheme, host: base.authority, path }, source))
  return { url, source }
}

/** What tells the public URL of a request: `base` where it is given; else the request, with a warning when every proxy is trusted. */
export function createPublicUrl(
  publicOrigins: readonly string[],
  onEvent: ((event: AuthEvent) => void) | undefined,
  base?: GivenBase,
): (request: ResourceRequest) => PublicUrl {
  if (base !== undefined) return (request) => givenPublicUrl(request, base)
  const warnOfProxies = createProxyWarning(publicOrigins, onEvent)
  return (request) => {
    const found = publicUrl(request, publicOrigins)
    if (found.source?.forwarded.trusted === true) warnOfProxies(request)
    return found
  }
}

/** A URL that the caller of the library gives. @throws {TypeError} when it is not an http URL by RFC 3986 */
export function givenUrl(text: unknown): PublicUrl {
  const url = typeof text === 'string' ? parseTargetUrl(text) : undefined
  if (url === undefined) throw configurationError('url', text, 'a URL such as https://api.example.com/items')
  return { url, source: undefined }
}

/** RFC 9112 §3.2: exactly one Host. HTTP/2 has `:authority` instead (RFC 9113 §8.3.1). */
function connectionHost(request: ResourceRequest): string {
  // A pseudo-header is no header, and nothing that applications write.
  const authority = receivedValues(request.rawHeaders, ':authority')
  const hosts = authority.length > 0 ? authority : headerValues(request, 'host')
  const [host] = hosts
  if (host === undefined || hosts.length > 1) throw unknown(`${hosts.length} Host headers, want one`)
  return host
}

/**
 * The path of the request target, in origin-form only (RFC 9112 §3.2.1). Absolute-form names a host of its own, which
 * is for proxies; `//host/path` is a path here.
 */
function targetPath(target: string): string {
  if (!target.startsWith('/')) {
    throw unknown(`the request target is ${quote(target)}, want a path: absolute-form is for proxies`)
  }
  const end = target.search(/[?#]/)
  return end === -1 ? target : target.slice(0, end)
}

function forwardedPrefix(prefix: string | undefined): string {
  if (prefix === undefined) return ''
  if (!isPlainPrefix(prefix)) {
    throw unknown(`X-Forwarded-Prefix is ${quote(prefix)}, want a plain path such as /shop, without escapes and dots`)
  }
  return prefix.replace(/\/$/, '')
}

/** The path is normalised first: its dot segments must not lead out of the prefix, to the URL of another API. */
function below(prefix: string, path: string): string {
  return prefix === '' ? path : prefix + (normalizePath(path) ?? path)
}

/**
 * The port that the proxy listens on. It counts for a host without a port only: what stands in Host is what the client
 * addressed (RFC 9110 §7.2), while a proxy behind a port mapping reports its own. Setting it aside then is safe:
 * the URL is the one that the request would have without the header.
 */
function forwardedPort(port: string | undefined): number | undefined {
  const number = port === undefined ? undefined : parsePort(port)
  if (port !== undefined && number === undefined) {
    throw unknown(`X-Forwarded-Port is ${quote(port)}, want a number from 1 to 65535`)
  }
  return number
}

/**
 * A handshake of WebSocket is an HTTP request (RFC 6455 §3, §4.1), which some proxies report by the scheme of what it asks
 * for.
 */
function httpScheme(proto: string | undefined): string | undefined {
  const scheme = proto?.toLowerCase()
  if (scheme === 'wss') return 'https'
  return scheme === 'ws' ? 'http' : scheme
}

/** Two proxies that tell different stories cannot both be believed. */
function requireOneScheme({ standard, legacy }: ForwardedFields): void {
  if (standard.proto === undefined || legacy.proto === undefined) return
  if (httpScheme(standard.proto) === httpScheme(legacy.proto)) return
  throw disagreement(`proto=${quote(standard.proto)}`, `X-Forwarded-Proto says ${quote(legacy.proto)}`)
}

function requireOneAuthority(url: TargetUrl, { standard, legacy }: ForwardedFields, port: number | undefined): void {
  if (standard.host === undefined) return
  const said = `host=${quote(standard.host)}`
  if (legacy.host !== undefined) {
    if (targetUrl(url.scheme, legacy.host, '/', port)?.authority === url.authority) return
    const and = port === undefined ? '' : `, X-Forwarded-Port ${port}`
    throw disagreement(said, `X-Forwarded-Host says ${quote(legacy.host)}${and}`)
  }
  const own = Number(/:(\d+)$/.exec(url.authority)?.[1] ?? defaultPort(url.scheme))
  if (port !== undefined && port !== own) throw disagreement(said, `X-Forwarded-Port says ${port}`)
}

function disagreement(standard: string, legacy: string): AuthError {
  return unknown(`Forwarded says ${standard}, but ${legacy}: let the proxy write one family and remove the other`)
}

function unknown(detail: string): AuthError {
  return refusal('url_unknown', detail)
}

/** A configured origin in the form that public URLs are compared in, or undefined when it is not an origin. */
export function originOf(value: unknown): string | undefined {
  const url = typeof value === 'string' && /^[^?#]*$/.test(value) ? parseTargetUrl(value) : undefined
  return url?.path === '/' ? formatTargetUrl({ ...url, path: '' }) : undefined
}
