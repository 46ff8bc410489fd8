import { configurationError } from '../options/option-checks.js'
import { isSecure, plainUrl } from '../util/url.js'

/**
 * A URL of an issuer: https, or http on a loopback host, where nobody can listen in (RFC 8414 §2, RFC 8252 §7.3).
 * No userinfo, query or fragment. Returned as written: issuers are compared as text.
 */
export function issuerUrl(name: string, value: unknown, example: string, insecureHosts?: readonly string[]): string {
  if (/[?#]/.test(String(value))) throw configurationError(name, value, `a URL such as ${example}`)
  return keysUrl(name, value, example, insecureHosts)
}

/** The same for a document's URL, which may have a query. http is also for hosts that are listed (`host:port`). */
export function keysUrl(name: string, value: unknown, example: string, insecureHosts?: readonly string[]): string {
  const url = plainUrl(value)
  if (url === undefined || url.hash !== '') {
    throw configurationError(name, value, `a URL such as ${example}`)
  }
  if (!isSecure(url) && !(insecureHosts ?? []).includes(url.host)) {
    const only =
      insecureHosts === undefined ? 'loopback hosts only' : 'loopback hosts, and those listed in insecureHosts'
    throw configurationError(name, value, `https; http is for ${only}`)
  }
  return String(value)
}
