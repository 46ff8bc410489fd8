import type { WarningEvent } from '../outcome/events.js'
import { printable } from '../util/quote.js'
import { configurationError } from '../options/option-checks.js'
import { isHttpOnLoopback, parseUrl } from '../util/url.js'

// The form of `URL.host`: a name, such as that of a service in a cluster, or an address, IPv6 in brackets; and a port
// unless it is 80.
const HOST = /^(?:[a-z0-9_](?:[a-z0-9._-]*[a-z0-9_])?|\[[0-9a-f:.]+\])(?::\d{1,5})?$/

/** Validates the option `insecureHosts`. @throws {TypeError} */
export function insecureHostList(name: string, given: unknown): readonly string[] {
  if (given === undefined) return []
  const hosts = Array.isArray(given) ? given.map(hostOf) : []
  const listed = hosts.filter((host) => host !== undefined)
  if (listed.length > 0 && listed.length === hosts.length) return Object.freeze([...new Set(listed)])
  throw configurationError(name, given, "hosts with their port, such as ['keycloak.default.svc:8080']")
}

/** Normalises a host to the form of `URL.host`, with which it is compared. */
function hostOf(given: unknown): string | undefined {
  if (typeof given !== 'string' || !HOST.test(given.toLowerCase())) return undefined
  return parseUrl(`http://${given.toLowerCase()}/`)?.host
}

/**
 * Whether a URL from an issuer's metadata may be fetched: https (RFC 8414 §2), or http to a host in `insecureHosts` of
 * that issuer, or http to loopback for an issuer that is on loopback itself. Otherwise a remote issuer could direct
 * this process to services on its own machine (SSRF, CWE-918).
 */
export function mayFetch(
  url: URL,
  trusted: { readonly issuer: string; readonly insecureHosts: readonly string[] },
): boolean {
  if (url.protocol === 'https:') return true
  if (url.protocol !== 'http:') return false
  if (trusted.insecureHosts.includes(url.host)) return true
  const issuer = parseUrl(trusted.issuer)
  return isHttpOnLoopback(url) && issuer !== undefined && isHttpOnLoopback(issuer)
}

/** Warns if an issuer may be fetched from without TLS. @returns whether it warned */
export function warnOfInsecureHosts(
  { issuer, insecureHosts }: { readonly issuer: string; readonly insecureHosts: readonly string[] },
  warn: (event: WarningEvent) => void,
): boolean {
  if (insecureHosts.length === 0) return false
  const hosts = printable(insecureHosts.join(', '), 200)
  const detail = `http is permitted to ${hosts} for the keys of ${issuer}: whoever can answer in their place can sign tokens. Use https outside of a network of your own`
  warn({ type: 'warning', code: 'insecure_hosts', detail })
  return true
}
