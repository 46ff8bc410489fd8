import { plainUrl } from '../util/url.js'
import { FetchError } from './fetch-error.js'
import { fetchJson } from './fetch-json.js'
import { mayFetch } from './insecure-hosts.js'
import type { TrustedIssuer } from './issuer-options.js'
import { commonIssuer } from './tenants.js'

// It is kept, and told in messages.
const MAX_URI_LENGTH = 2048

/**
 * Finds an issuer's key set: OpenID Connect Discovery 1.0 §4, then RFC 8414 §3.
 *
 * @param timeout - the seconds that remain
 * @throws {FetchError} also when the metadata is another issuer's or names no usable key set.
 */
export async function discoverJwksUri(
  trusted: Pick<TrustedIssuer, 'issuer' | 'insecureHosts'>,
  fetch: typeof globalThis.fetch,
  timeout: () => number,
): Promise<string> {
  const { issuer } = trusted
  const { value } = await fetchMetadata(issuer, fetch, timeout)
  // RFC 8414 §3.3: must be identical, or another issuer's keys would verify this one's tokens.
  if (value['issuer'] !== issuer) {
    throw new FetchError(
      `${issuer}: its metadata names another issuer; they must be equal to the letter, trailing slash included`,
    )
  }
  const { jwks_uri: jwksUri } = value
  const url = plainUrl(jwksUri)
  // RFC 8414 §2: https. An issuer elsewhere must not send this process to its own machine (CWE-918).
  if (url === undefined || url.href.length > MAX_URI_LENGTH || !mayFetch(url, trusted)) {
    throw new FetchError(`${issuer}: its metadata has no https jwks_uri`)
  }
  return url.href
}

async function fetchMetadata(
  issuer: string,
  fetch: typeof globalThis.fetch,
  timeout: () => number,
): ReturnType<typeof fetchJson> {
  try {
    return await fetchJson(openIdConfiguration(commonIssuer(issuer)), { fetch, timeout: timeout() })
  } catch (error) {
    // Only a server that answers without having the document may have the other; one that is down is down.
    const answered = error instanceof FetchError && error.status !== undefined
    if (!answered || (error.status !== 404 && error.status !== 405 && error.status !== 410)) throw error
    return fetchJson(authorizationServerMetadata(commonIssuer(issuer)), { fetch, timeout: timeout() })
  }
}

/** OpenID Connect Discovery 1.0 §4.1: appended to the issuer, less its trailing slash. */
function openIdConfiguration(issuer: string): string {
  return `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`
}

/** RFC 8414 §3.1: between the host and the path of the issuer. */
function authorizationServerMetadata(issuer: string): string {
  const { origin, pathname } = new URL(issuer)
  return `${origin}/.well-known/oauth-authorization-server${pathname.replace(/\/$/, '')}`
}
