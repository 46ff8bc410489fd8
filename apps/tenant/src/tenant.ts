import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { isIPv6 } from 'node:net'
import type { AddressInfo } from 'node:net'
import { errors } from 'oidc-provider'
import type { Provider } from 'oidc-provider'
import { audience, clientDefinitions, legacyAudience } from './clients.js'
import type { ClientDefinition } from './clients.js'
import { answerControl, controlPrefix } from './control.js'
import { sendJson } from './json-response.js'
import { answerLogin, loginPrefix } from './login.js'
import { createMemoryStore } from './memory-store.js'
import type { TrustedIssuer } from './presented-tokens.js'
import { authorizationPath, createProvider, parPath, tokenPath } from './provider.js'
import type { ProviderSettings } from './provider.js'
import { signedToken } from './signed-token.js'
import { sessionRevoked, transmitterConfiguration, transmitterPath } from './security-events.js'
import { firstSigningKeys, rotated } from './signing-keys.js'
import type { SigningKeys } from './signing-keys.js'
import {
  TokenRequestError,
  toStandardAuthorization,
  toStandardPushedRequest,
  toStandardTokenRequest,
} from './token-request.js'

export interface TenantOptions {
  /** Default 0: a free port. */
  port?: number
  /** The address to listen on. Default 127.0.0.1. */
  host?: string
  /** One secret for every client, for documentation. Default: a random one for each. */
  clientSecret?: string
  /** Seconds that access tokens of users last. Default: an hour. */
  userTokenLifetime?: number
  /** Issuers whose assertions are grants (RFC 7523). Default: none. */
  trustedIssuers?: readonly TrustedIssuer[]
}

export interface TenantClient extends ClientDefinition {
  secret: string
}

export interface Tenant {
  /** With the trailing slash, as Auth0 has it. */
  issuer: string
  /** The API whose tokens follow RFC 9068. */
  audience: string
  /** The API whose tokens follow Auth0's own profile. */
  legacyAudience: string
  clients: readonly TenantClient[]
  /** Signs with a new key from now on, and still publishes the one before. */
  rotateKey(): Promise<void>
  /** A security event token for the first API: all sessions of this subject have ended. To be pushed by whoever asks for it. */
  sessionRevoked(subject: string): Promise<string>
  /** An access token of these claims, right or wrong, signed by the key of now. */
  sign(claims: Readonly<Record<string, unknown>>): Promise<string>
  /** While it is away it answers 503 to everything but test control. */
  setAway(away: boolean): void
  /** Whether DPoP proofs need nonces from now on (RFC 9449 §8). Default: they do not. Each call makes older ones worthless. */
  demandNonces(required: boolean): void
  /** Stops at once, also requests in progress. */
  close(): Promise<void>
}

/** Starts a tenant that issues access tokens as Auth0 does. */
export async function startTenant(options: TenantOptions = {}): Promise<Tenant> {
  const { port = 0, host = '127.0.0.1' } = options
  const keys = await firstSigningKeys()
  const server = createServer()
  server.listen(port, host)
  await once(server, 'listening')
  // No request can come in before this turn ends, so none misses the listener.
  return serve(server, host, options, keys)
}

function createClients(fixedSecret: string | undefined): TenantClient[] {
  return clientDefinitions.map((definition) => ({
    ...definition,
    secret: fixedSecret ?? randomBytes(32).toString('base64url'),
  }))
}

function serve(server: Server, host: string, options: TenantOptions, firstKeys: SigningKeys): Tenant {
  const issuer = issuerOf(server, host)
  const clients = createClients(options.clientSecret)
  const settings: ProviderSettings = {
    issuer,
    clients,
    trustedIssuers: options.trustedIssuers ?? [],
    store: createMemoryStore(),
    userTokenLifetime: options.userTokenLifetime,
    cookieKey: randomBytes(32).toString('base64url'),
    nonceSecret: undefined,
  }
  let keys = firstKeys
  let provider = createProvider(settings, keys)
  let isAway = false
  const tenant: Tenant = {
    issuer,
    audience,
    legacyAudience,
    clients,
    async rotateKey() {
      keys = await rotated(() => keys)
      provider = createProvider(settings, keys)
    },
    sessionRevoked: (subject) => sessionRevoked({ issuer, audience }, keys, subject),
    sign: (claims) => signedToken(keys, claims),
    setAway: (away) => void (isAway = away),
    demandNonces(required) {
      settings.nonceSecret = required ? randomBytes(32) : undefined
      provider = createProvider(settings, keys)
    },
    close: () => close(server),
  }
  server.on('request', (request, response) => {
    if (isAway && !isControl(request)) return sendJson(response, 503, { error: 'temporarily_unavailable' })
    answer(tenant, provider, request, response).catch((error: unknown) => answerFailure(error, response))
  })
  return tenant
}

function isControl(request: IncomingMessage): boolean {
  return pathOf(request).startsWith(controlPrefix)
}

function pathOf({ url = '/' }: IncomingMessage): string {
  return url.split('?', 1)[0] ?? '/'
}

async function answer(
  tenant: Tenant,
  provider: Provider,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const path = pathOf(request)
  if (path.startsWith(controlPrefix)) return answerControl(tenant, path, request, response)
  if (path === transmitterPath) return sendJson(response, 200, transmitterConfiguration(tenant.issuer))
  if (path.startsWith(loginPrefix)) return answerLogin(provider, request, response)
  const answerOAuth = provider.callback()
  void answerOAuth(await toStandardRequest(path, request), response)
}

async function toStandardRequest(path: string, request: IncomingMessage): Promise<IncomingMessage> {
  const place = `${request.method} ${path}`
  if (place === `POST ${tokenPath}`) return toStandardTokenRequest(request)
  if (place === `POST ${parPath}`) return toStandardPushedRequest(request)
  if (place !== `GET ${authorizationPath}`) return request
  const query = new URLSearchParams(request.url?.slice(path.length))
  request.url = `${path}?${toStandardAuthorization(query).toString()}`
  return request
}

function answerFailure(error: unknown, response: ServerResponse): void {
  if (error instanceof TokenRequestError) {
    const body = { error: 'invalid_request', error_description: error.message }
    // Part of the body may be unread: the connection cannot serve another request.
    return sendJson(response, error.status, body, { connection: 'close' })
  }
  if (error instanceof errors.OIDCProviderError) {
    return sendJson(response, error.statusCode, { error: error.error }, { connection: 'close' })
  }
  // A client that went away while it sent its request is no fault of ours.
  if (response.destroyed) return
  console.error(error)
  sendJson(response, 500, { error: 'server_error' }, { connection: 'close' })
}

function issuerOf(server: Server, host: string): string {
  const { port } = server.address() as AddressInfo // a server on a TCP port has no other kind
  const isWildcard = host === '0.0.0.0' || host === '::'
  const name = isWildcard ? '127.0.0.1' : isIPv6(host) ? `[${host}]` : host
  return new URL(`http://${name}:${port}/`).href
}

async function close(server: Server): Promise<void> {
  if (!server.listening) return
  const closed = once(server, 'close')
  server.close()
  server.closeAllConnections()
  await closed
}
