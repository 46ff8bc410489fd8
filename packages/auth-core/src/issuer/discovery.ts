import { plainUrl } from '../util/url.js'
import { FetchError } from './fetch-error.js'
import { fetchJson } from './fetch-json.js'
import { mayFetch } from './insecure-hosts.js'
import type { TrustedIssuer } from './issuer-options.js'
import { commonIssuer } from './tenants.js'

// Characters. The issuer chooses the URL, which is cached and quoted in messages.
const MAX_URI_LENGTH = 2048

/**
 * Finds an issuer's key set: OpenID Connect Discovery 1.0 §4, then RFC 8414 §3.
 *
 * @param timeout - the seconds that remain
 * @throws {FetchError} also when the metadata is another issuer's, or has no acceptable `jwks_uri`
 */
export async function discoverJwksUri(
  trusted: Pick<TrustedIssuer, 'issuer' | 'insecureHosts'>,
  fetch: typeof globalThis.fetch,
  timeout: () => number,
): Promise<string> {
  const { issuer } = trusted
  const { value } = await fetchMetadata(issuer, fetch, timeout)
  // RFC 8414 §3.3 requires identity. Otherwise the keys of another issuer would verify tokens of this one (§6.2).
  if (value['issuer'] !== issuer) {
    throw new FetchError(
      `${issuer}: its metadata names another issuer; they must be equal to the letter, trailing slash included`,
    )
  }
  const { jwks_uri: jwksUri } = value
  const url = plainUrl(jwksUri)
  // RFC 8414 §2 requires https. A remote issuer must not direct this process to a service on its own loopback (SSRF,
  // CWE-918).
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
    // Falls back only if the server says that it lacks the first document. One that is down would fail twice.
    const answered = error instanceof FetchError && error.status !== undefined
    if (!answered || (error.status !== 404 && error.status !== 405 && error.status !== 410)) throw error
    return fetchJson(authorizationServerMetadata(commonIssuer(issuer)), { fetch, timeout: timeout() })
  }
}

/** OpenID Connect Discovery 1.0 §4.1: the well-known path is appended to the issuer, without its trailing slash. */
function openIdConfiguration(issuer: string): string {
  return `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`
}

/** RFC 8414 §3.1: the well-known path is inserted between the host and the path of the issuer. */
function authorizationServerMetadata(issuer: string): string {
  const { origin, pathname } = new URL(issuer)
  return `${origin}/.well-known/oauth-authorization-server${pathname.replace(/\/$/, '')}`
}
