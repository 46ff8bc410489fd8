import { parseTargetUrl, targetUrl } from './htu.js'
import type { TargetUrl } from './htu.js'
import { adviseHost, advisePort, advisePrefix, adviseScheme, hostSource, schemeSource } from './explain-proxy.js'
import type { UrlSource } from './forwarded.js'
import { quote } from '../util/quote.js'

/**
 * Explains to the operator why `htu` was refused: each component that differs from the computed URL, where the computed
 * value comes from, and which setting to change. Runs for refused requests only, so it need not be fast.
 */
export function explainUrl(claimed: TargetUrl, url: TargetUrl, source: UrlSource | undefined): string {
  const path = claimed.path === url.path ? [] : [differentPath(claimed.path, url.path, source)]
  return [...differentOrigin('htu says', claimed, url, source), ...path].join('. ')
}

/** Explains how an origin that is not one of `publicOrigins` differs from the most similar of them. */
export function explainOrigin(url: TargetUrl, publicOrigins: readonly string[], source: UrlSource): string {
  const origins = publicOrigins.flatMap((origin) => parseTargetUrl(origin) ?? [])
  const similarity = (origin: TargetUrl): number =>
    (hostOf(origin) === hostOf(url) ? 2 : 0) + (origin.scheme === url.scheme ? 1 : 0)
  const [nearest] = origins.toSorted((a, b) => similarity(b) - similarity(a))
  const ours = `origin ${quote(`${url.scheme}://${url.authority}`)} is not one of publicOrigins`
  if (nearest === undefined) return ours
  return [ours, ...differentOrigin('publicOrigins has', nearest, url, source)].join('. ')
}

/** Explains which component of a URL is invalid, and where it comes from. */
export function explainParts(
  { scheme, host, path }: { readonly scheme: string; readonly host: string; readonly path: string },
  source: UrlSource,
): string {
  if (scheme !== 'http' && scheme !== 'https') {
    return `scheme from ${schemeSource(source)} is ${quote(scheme)}, want http or https`
  }
  if (targetUrl(scheme, host, '/') === undefined) {
    return `host from ${hostSource(source)} is ${quote(host)}, want a name or address and perhaps a port from 1 to 65535`
  }
  const want = 'printable ASCII without a backslash, and two hexadecimal digits behind each percent sign'
  return `path is ${quote(path)}, want ${want}`
}

function differentOrigin(
  says: string,
  claimed: TargetUrl,
  url: TargetUrl,
  source: UrlSource | undefined,
): readonly string[] {
  const sentence = (component: string, wanted: string, computed: string, advice: string): string =>
    `${says} ${component} ${wanted}, computed ${computed}${advice}`
  const differences: string[] = []
  if (claimed.scheme !== url.scheme) {
    const advice = source === undefined ? '' : ` from ${schemeSource(source)}; ${adviseScheme(claimed, url, source)}`
    differences.push(sentence('scheme', claimed.scheme, url.scheme, advice))
  }
  if (hostOf(claimed) !== hostOf(url)) {
    const advice = source === undefined ? '' : ` from ${hostSource(source)}; ${adviseHost(claimed, source)}`
    differences.push(sentence('host', quote(claimed.authority), quote(url.authority), advice))
  } else if (portOf(claimed) !== portOf(url)) {
    const advice = source === undefined ? '' : ` from ${advisePort(portOf(claimed), url, source)}`
    differences.push(sentence('port', portName(claimed), portName(url), advice))
  }
  return differences
}

function hostOf({ authority }: TargetUrl): string {
  return authority.replace(/:\d+$/, '')
}

/** The port; undefined for the scheme's default. */
function portOf({ authority }: TargetUrl): string | undefined {
  return /:(\d+)$/.exec(authority)?.[1]
}

function portName(url: TargetUrl): string {
  return portOf(url) ?? `none, which is ${url.scheme === 'https' ? 443 : 80}`
}

function differentPath(claimed: string, computed: string, source: UrlSource | undefined): string {
  const differ = `htu says path ${quote(claimed)}, computed ${quote(computed)}`
  if (withoutEndSlash(claimed) === withoutEndSlash(computed)) return `${differ}; a slash at the end counts`
  if (claimed.toLowerCase() === computed.toLowerCase()) return `${differ}; paths are case-sensitive (RFC 3986 6.2.2.1)`
  if (decoded(claimed) === decoded(computed)) {
    return `${differ}; of percent-encoding only unreserved characters are the same in both forms (RFC 3986 6.2.2.2)`
  }
  if (claimed.replaceAll(/\/+/g, '/') === computed.replaceAll(/\/+/g, '/')) return `${differ}; each slash counts`
  return source === undefined ? differ : `${differ}; ${advisePrefix(claimed, computed, source)}`
}

function withoutEndSlash(path: string): string {
  return path.replace(/(?<!\/)\/$/, '')
}

/** Decodes all of percent-encoding, reserved characters included. Good for this comparison only. */
function decoded(path: string): string {
  return path.replaceAll(/%[0-9A-F]{2}/g, (escape) => String.fromCharCode(Number.parseInt(escape.slice(1), 16)))
}

/** Explains how `htm` differs from the method of the request, and the likely cause. */
export function explainMethod(htm: unknown, method: string): string {
  const differ = `htm says method ${quote(htm)}, the request has ${quote(method)}`
  if (typeof htm !== 'string') return `${differ}; want text`
  if (htm.toUpperCase() === method.toUpperCase()) return `${differ}; methods are case-sensitive`
  if (method === 'HEAD' && htm === 'GET') return `${differ}; HEAD needs a proof of its own`
  if (method === 'GET') return `${differ}; redirects with 301, 302 and 303 make GET of it`
  if (method === 'OPTIONS') return `${differ}; let CORS answer preflight requests before the guard`
  return `${differ}; a proof is for one method`
}
