import type { WarningEvent } from '../outcome/events.js'
import { printable } from '../util/quote.js'
import { configurationError } from '../options/option-checks.js'
import { isHttpOnLoopback, parseUrl } from '../util/url.js'

// As in a URL without its default port: names of services in a cluster or compose network, addresses, IPv6 in brackets.
const HOST = /^(?:[a-z0-9_](?:[a-z0-9._-]*[a-z0-9_])?|\[[0-9a-f:.]+\])(?::\d{1,5})?$/

/** Hosts for which the operator permits http. @throws {TypeError} */
export function insecureHostList(name: string, given: unknown): readonly string[] {
  if (given === undefined) return []
  const hosts = Array.isArray(given) ? given.map(hostOf) : []
  const listed = hosts.filter((host) => host !== undefined)
  if (listed.length > 0 && listed.length === hosts.length) return Object.freeze([...new Set(listed)])
  throw configurationError(name, given, "hosts with their port, such as ['keycloak.default.svc:8080']")
}

/** As `URL.host` gives it, so that the two can be compared. */
function hostOf(given: unknown): string | undefined {
  if (typeof given !== 'string' || !HOST.test(given.toLowerCase())) return undefined
  return parseUrl(`http://${given.toLowerCase()}/`)?.host
}

/**
 * Whether what an issuer's metadata name may be fetched: https; http on a host that the operator lists for the issuer,
 * and on this machine where the issuer itself is there (RFC 8414 §2, §6.2; CWE-918).
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

/** Says that an issuer is asked without TLS. @returns whether that is so */
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
