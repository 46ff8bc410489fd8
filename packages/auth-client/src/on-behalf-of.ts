import type { AuthClient } from './client.js'
import { fetchWith } from './fetch/create-fetch.js'
import { CredentialMaker } from './fetch/credentials.js'
import { fetchSettings } from './fetch/options.js'
import type { FetchOptions } from './fetch/options.js'
import { wrong } from './options.js'

/** Whose call is made on: what `auth` of a handler has. */
export interface CallerToken {
  /** The access token that came in. */
  readonly token: string
  /** Who made it. */
  readonly issuer: string
}

/** The service that is called, and what for. */
export interface ServiceTarget {
  readonly audience: string
  readonly scopes: readonly string[]
}

/** How services are called on behalf of callers. */
export interface OnBehalfOfOptions extends Omit<FetchOptions, 'origins'> {
  /**
   * The origins of each service, by its audience. One that is not listed cannot be called: the audience would choose where a
   * token goes.
   */
  readonly services: Readonly<Record<string, readonly string[]>>
}

/**
 * The option `onBehalfOf` of `createAuth()` and its like: `auth.onBehalfOf({ audience, scope })` in a handler is then a `fetch`
 * for the next service. The caller's token is exchanged for one of that service (RFC 8693), which is kept while it is good
 * and bound to the client's key where the client has one.
 *
 * A token is shown to the issuer that made it and to no other. An API of several issuers has a client of each, and chooses
 * by `auth.issuer`.
 *
 * @throws {AuthClientError} `options_invalid`; the function: for a service that is not listed, and for the caller of another
 * issuer
 * @example
 * ```ts
 * import { createAuthClient, onBehalfOf } from '@acme/auth-client'
 * import { createAuth, getAuth } from '@acme/auth-express'
 * import express from 'express'
 *
 * const issuer = 'https://tenant.example.com/'
 * const client = createAuthClient({ issuer, clientId: 'shop', authentication: { secret: 'secret' }, dpop: 'generate' })
 * const services = { 'https://orders.example.com': ['https://orders.internal.example.com'] }
 * const audience = 'https://shop.example.com'
 * const { requireAuth } = createAuth({ issuer, audience, onBehalfOf: onBehalfOf(client, { services }) })
 *
 * const app = express()
 * app.get('/orders', requireAuth('read:orders'), async (req, res) => {
 *   const orders = getAuth(req).onBehalfOf({ audience: 'https://orders.example.com', scope: 'read:orders' })
 *   const answer = await orders('https://orders.internal.example.com/orders')
 *   res.status(answer.status).json(await answer.json())
 * })
 * ```
 */
export function onBehalfOf(
  client: Pick<AuthClient, 'issuer' | 'onBehalfOf'>,
  { services, ...options }: OnBehalfOfOptions,
): (caller: CallerToken, target: ServiceTarget) => typeof globalThis.fetch {
  const known = new Map(
    Object.entries(services).map(([audience, origins]) => {
      const settings = fetchSettings({ ...options, origins })
      // What one caller learns of a service, its nonce for instance, the next one need not ask for.
      return [audience, { settings, credentials: new CredentialMaker(settings.now) }] as const
    }),
  )
  if (known.size === 0) throw wrong('services', 'at least one audience with its origins')
  return ({ token, issuer }, { audience, scopes }) => {
    // With it the issuer of one tenant could call this API as a user of another.
    if (issuer !== client.issuer) throw wrong('issuer', 'a caller of the issuer of the client')
    const service = known.get(audience)
    if (service === undefined) throw wrong('audience', 'one of services')
    // Also when there are none: those of the client's options are not the caller's, who may have less (RFC 8693 §5).
    const tokens = client.onBehalfOf({ subjectToken: token, audience, scopes })
    return fetchWith(tokens, service.settings, service.credentials)
  }
}
