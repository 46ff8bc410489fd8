import { configurationError } from '../options/option-checks.js'
import { isSecure, plainUrl } from '../util/url.js'

/**
 * Validates an issuer identifier: https without userinfo, query and fragment (RFC 8414 §2), or http on a loopback host,
 * where traffic never leaves the machine (RFC 8252 §8.3). Returned as written, since issuers are compared as text (RFC
 * 3986 §6.2.1).
 */
export function issuerUrl(name: string, value: unknown, example: string, insecureHosts?: readonly string[]): string {
  if (/[?#]/.test(String(value))) throw configurationError(name, value, `a URL such as ${example}`)
  return keysUrl(name, value, example, insecureHosts)
}

/** The same for the URL of a key set, which may have a query. */
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
