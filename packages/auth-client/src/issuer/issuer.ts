import { allowInsecureRequests, customFetch, discoveryRequest, processDiscoveryResponse } from 'oauth4webapi'
import type { AuthorizationServer } from 'oauth4webapi'

import { AuthClientError } from '../errors.js'
import { Flights, unlessAborted } from '../fetch/flights.js'
import { boundedFetch, METADATA_BYTES } from '../resilience/bounded-fetch.js'
import type { Resilience } from '../resilience/exchange.js'
import { isLoopback, isSafeUrl } from './safe-url.js'

/** What metadata is read with. Durations are seconds. */
export interface IssuerOptions {
  readonly issuer: string
  readonly fetch: typeof globalThis.fetch
  readonly now: () => number
  readonly maxAge: number
  readonly resilience: Resilience
  readonly onAnswer: (answer: Response) => void
}

/** An issuer, found by its identifier. */
export interface Issuer {
  /**
   * Its metadata, of at most so many seconds ago; one request for all who ask at the same time.
   *
   * @throws {AuthClientError}
   */
  metadata(signal?: AbortSignal): Promise<AuthorizationServer>
}

// What a client sends something to, or sends its user to.
const ENDPOINTS = [
  'authorization_endpoint',
  'token_endpoint',
  'revocation_endpoint',
  'pushed_authorization_request_endpoint',
  'end_session_endpoint',
  'jwks_uri',
] as const

export function createIssuer(options: IssuerOptions): Issuer {
  const flights = new Flights<AuthorizationServer>()
  let known: { readonly metadata: AuthorizationServer; readonly readAt: number } | undefined

  async function read(): Promise<AuthorizationServer> {
    const readAt = options.now()
    const metadata = await discover(options)
    known = { metadata, readAt }
    return metadata
  }

  return {
    async metadata(signal) {
      const age = known === undefined ? Infinity : options.now() - known.readAt
      // A clock that was set back makes an age negative.
      if (known !== undefined && age >= 0 && age < options.maxAge) return known.metadata
      return unlessAborted(flights.run('', read), signal)
    },
  }
}

/** OpenID Connect Discovery 1.0 §4, then RFC 8414 §3: not every issuer has both. */
async function discover(options: IssuerOptions): Promise<AuthorizationServer> {
  const { issuer, resilience } = options
  const url = new URL(issuer)
  const found = await resilience.run(
    async (signal) => {
      const openid = await ask(options, url, 'oidc', signal)
      const response = openid.status === 404 ? await ask(options, url, 'oauth2', signal) : openid
      return processDiscoveryResponse(url, response)
    },
    { repeatable: true },
  )
  // RFC 8414 §3.3: identical, where the library compares normalised URLs.
  if (found.issuer !== issuer) throw new AuthClientError('answer_invalid', 'metadata of another issuer')
  requireSafeEndpoints(found, issuer)
  return found
}

function ask(
  { fetch, now, onAnswer }: IssuerOptions,
  url: URL,
  algorithm: 'oidc' | 'oauth2',
  signal: AbortSignal,
): Promise<Response> {
  return discoveryRequest(url, {
    algorithm,
    signal,
    // The library's check of URLs knows no loopback hosts: `isSafeUrl` decides.
    [allowInsecureRequests]: true,
    [customFetch]: boundedFetch({ fetch, now, onAnswer, maxBytes: METADATA_BYTES }),
  })
}

/** On the machine itself only where the issuer is there too: metadata must not direct credentials elsewhere. */
function requireSafeEndpoints(metadata: AuthorizationServer, issuer: string): void {
  for (const name of ENDPOINTS) {
    for (const url of [metadata[name], metadata.mtls_endpoint_aliases?.[name]]) {
      if (url === undefined || (isSafeUrl(url) && (!isLoopback(url) || isLoopback(issuer)))) continue
      throw new AuthClientError('answer_invalid', `${name} of the issuer is not https`)
    }
  }
}
