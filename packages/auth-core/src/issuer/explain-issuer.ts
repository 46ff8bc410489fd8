import { quote } from '../util/quote.js'
import { isSecure, plainUrl } from '../util/url.js'
import type { TrustedIssuers } from './trusted-issuers-types.js'

// Anybody can send any `iss`: neither long ones nor long lists are compared.
const MOST_COMPARED = 20
const MAX_LENGTH = 1024

/** Which trusted issuer a token may have been meant for, and what is another. */
export function explainIssuer(iss: unknown, issuers: TrustedIssuers): string {
  if (typeof iss !== 'string' || iss.length > MAX_LENGTH) return ''
  // A template stands for many issuers, and which of them was meant nobody can tell.
  const listed = issuers.configured().filter(({ trusted }) => trusted.tenants === undefined)
  const names = listed.slice(0, MOST_COMPARED).map(({ trusted }) => trusted.issuer)
  const alike = names.find((name) => bare(name) === bare(iss))
  if (alike !== undefined) {
    const others = `${quote(alike)} is configured, which differs by ${differences(iss, alike)}`
    return `; ${others}: ${mend(iss)}`
  }
  const given = plainUrl(iss)
  const near = given && names.find((name) => isNeighbour(given, plainUrl(name)))
  return near === undefined ? '' : `; ${quote(near)} is configured: a token of another tenant or environment`
}

function mend(iss: string): string {
  const url = plainUrl(iss)
  // Such an issuer is behind a proxy that ends TLS, and was not told its URL.
  if (url === undefined || !isSecure(url)) return 'have the issuer put its https URL into iss'
  return `if that issuer is meant, set issuer (AUTH0_ISSUER) to ${quote(iss)}`
}

/** Without what is easily mistaken: scheme, port, letter case, a slash at the end. */
function bare(issuer: string): string {
  const { hostname, pathname } = urlOf(issuer) ?? { hostname: '', pathname: issuer }
  return `${hostname}${pathname}`.toLowerCase().replace(/\/$/, '')
}

function urlOf(issuer: string): URL | undefined {
  return plainUrl(issuer) ?? plainUrl(`https://${issuer}`)
}

function differences(one: string, other: string): string {
  const scheme = /^https?:/i
  const found = [
    scheme.exec(one)?.[0] !== scheme.exec(other)?.[0] && 'the scheme',
    urlOf(one)?.port !== urlOf(other)?.port && 'the port',
    one.endsWith('/') !== other.endsWith('/') && 'a slash at the end',
  ].filter((difference) => difference !== false)
  return found.length === 0 ? 'letter case' : found.join(' and ')
}

/** Whether two hosts are tenants of one domain, or two issuers share a host, as realms do. */
function isNeighbour(one: URL, other: URL | undefined): boolean {
  if (other === undefined) return false
  if (one.hostname === other.hostname) return true
  const [mine, yours] = [one, other].map(({ hostname }) => hostname.split('.'))
  return (
    mine !== undefined && yours !== undefined && mine.length > 2 && yours.length > 2 && domain(mine) === domain(yours)
  )
}

function domain(labels: readonly string[]): string {
  return labels.slice(-2).join('.')
}
