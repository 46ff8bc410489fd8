import {
  allowInsecureRequests,
  customFetch,
  discoveryRequest,
  introspectionRequest,
  OperationProcessingError,
  processDiscoveryResponse,
  processIntrospectionResponse,
  UnsupportedOperationError,
  validateApplicationLevelSignature,
} from 'oauth4webapi'
import type { AuthorizationServer, ClientAuth } from 'oauth4webapi'

import { boundedFetch } from './bounded-fetch.js'
import type { BoundedFetch } from './bounded-fetch.js'
import { EndpointError } from './endpoint-error.js'
import { createFlights } from './flights.js'
import { isLoopback, isSafeUrl } from './options.js'
import type { Settings } from './options.js'

/** How a question reaches the issuer. */
export interface Exchange {
  readonly issuer: string
  readonly fetch: typeof globalThis.fetch
  readonly signal: AbortSignal
}

/** The introspection endpoint of an issuer. */
export interface Endpoint {
  /**
   * Asks about a token (RFC 7662 §2.1).
   *
   * @returns the answer as JSON, of which only `active` is checked: it is true or false
   * @throws {EndpointError}
   */
  ask(token: string, exchange: Exchange): Promise<string>
  /** Reads the issuer's metadata anew with the next question. */
  forget(): void
}

// Milliseconds of the monotonic clock. An endpoint that moved is found sooner, since a failure forgets.
const METADATA_LIFETIME = 3_600_000

export function createEndpoint(settings: Settings, authentication: ClientAuth): Endpoint {
  const client = { client_id: settings.clientId }
  const reading = createFlights<AuthorizationServer>(1, settings.timeout + 1)
  let metadata: { readonly server: AuthorizationServer; readonly readAt: number } | undefined

  async function serverOf(exchange: Exchange): Promise<AuthorizationServer> {
    if (metadata !== undefined && performance.now() - metadata.readAt < METADATA_LIFETIME) return metadata.server
    // Once for all who ask while it is not known.
    const server = await (reading.join('', () => findServer(settings, exchange)) ?? findServer(settings, exchange))
    metadata = { server, readAt: performance.now() }
    return server
  }

  async function question(token: string, exchange: Exchange): Promise<string> {
    const server = await serverOf(exchange)
    const options = requestOptions(exchange)
    const { signed } = settings
    const asked = { ...options, requestJwtResponse: signed, additionalParameters: { token_type_hint: 'access_token' } }
    const response = await introspectionRequest(server, client, authentication, token, asked)
    requireMediaType(response, signed)
    const answer = await processIntrospectionResponse(server, client, response)
    if (signed) await validateApplicationLevelSignature(server, response, options)
    return JSON.stringify(answer)
  }

  return {
    async ask(token, exchange) {
      try {
        return await question(token, exchange)
      } catch (error) {
        throw asEndpointError(error)
      }
    },
    forget() {
      metadata = undefined
    },
  }
}

/** RFC 7662 §2.2, RFC 9701 §5. Who demands a signature must not take an answer without one. */
function requireMediaType(response: Response, signed: boolean): void {
  const [type = ''] = (response.headers.get('content-type') ?? '').toLowerCase().split(';')
  if (type.trim() === (signed ? 'application/token-introspection+jwt' : 'application/json')) return
  throw new EndpointError('failed', signed ? 'an answer that is not signed' : 'an answer that is not application/json')
}

interface RequestOptions {
  readonly [customFetch]: BoundedFetch
  readonly [allowInsecureRequests]: boolean
  readonly signal: AbortSignal
}

function requestOptions({ fetch, signal }: Exchange): RequestOptions {
  // The library's check of URLs knows no loopback hosts: `isSafeUrl` decides.
  return { [customFetch]: boundedFetch(fetch), [allowInsecureRequests]: true, signal }
}

async function findServer({ endpoint, signed }: Settings, exchange: Exchange): Promise<AuthorizationServer> {
  const { issuer } = exchange
  if (endpoint !== undefined && !signed) return { issuer, introspection_endpoint: endpoint }
  const found = await discover(exchange)
  const { introspection_endpoint: advertised, jwks_uri: keys } = found
  if (endpoint === undefined) requireSafe('introspection_endpoint', advertised, issuer)
  if (signed) requireSafe('jwks_uri', keys, issuer)
  return endpoint === undefined ? found : { ...found, introspection_endpoint: endpoint }
}

/** In the order in which the keys of an issuer are looked for: OpenID Connect Discovery 1.0 §4, then RFC 8414 §3. */
async function discover(exchange: Exchange): Promise<AuthorizationServer> {
  // Who can forge the metadata can have the credentials sent anywhere (RFC 8414 §6.1).
  if (!isSafeUrl(exchange.issuer)) throw new EndpointError('failed', 'the issuer is not https: set the endpoint')
  const url = new URL(exchange.issuer)
  const ask = async (algorithm: 'oidc' | 'oauth2'): Promise<AuthorizationServer> =>
    processDiscoveryResponse(url, await discoveryRequest(url, { ...requestOptions(exchange), algorithm }))
  // Not every issuer names the endpoint in both.
  const first = await ask('oidc').catch(() => undefined)
  const found = first?.introspection_endpoint === undefined ? await ask('oauth2').catch(orElse(first)) : first
  // RFC 8414 §3.3: identical, where the library compares normalised URLs.
  if (found.issuer !== exchange.issuer) throw new EndpointError('failed', 'metadata of another issuer')
  return found
}

/** What to go on with after a failure: it is thrown where there is nothing. */
function orElse<Value>(value: Value | undefined): (error: unknown) => Value {
  return (error) => {
    if (value === undefined) throw error
    return value
  }
}

/** RFC 7662 §4 demands TLS. On the machine itself only where the issuer is there too: metadata must not direct elsewhere. */
function requireSafe(name: string, url: unknown, issuer: string): void {
  if (isSafeUrl(url) && (!isLoopback(url) || isLoopback(issuer))) return
  const why = url === undefined ? `metadata without ${name}` : `${name} is not https`
  throw new EndpointError('failed', why)
}

/** Messages of the library are fixed texts, but its causes are not: they hold what was received. */
function asEndpointError(error: unknown): EndpointError {
  if (error instanceof EndpointError) return error
  const isKnown = error instanceof OperationProcessingError || error instanceof UnsupportedOperationError
  const why = isKnown ? error.message.replaceAll(/[^\x20-\x7e]/g, '?').slice(0, 150) : 'not what was asked for'
  return new EndpointError('failed', `an answer that cannot be used: ${why}`)
}
