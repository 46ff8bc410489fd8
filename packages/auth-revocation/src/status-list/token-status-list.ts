import type { RevocableToken, RevocationAnswer, RevocationSource } from '@acme/auth-core'

import { createIssuerKeys } from '../http/issuer-keys.js'
import { wellKnown } from '../http/url.js'
import { statusAt } from './fetch-list.js'
import { createLists } from './lists.js'
import type { ListPlace } from './lists.js'
import { resolveOptions } from './options.js'
import type { StatusListIssuer, TokenStatusListOptions } from './options.js'
import { isAllowed, statusReference } from './status-claim.js'

const STATUSES = ['valid', 'invalid', 'suspended']

/**
 * Looks the status of access tokens up in the status lists of their issuers (draft-ietf-oauth-status-list): a source of
 * revocation. A token is revoked unless its status is valid. What cannot be looked up, or is not proven, is an outage.
 *
 * @throws {TypeError} that names the option and what is wanted
 * @example
 * ```ts
 * import { tokenStatusList } from '@acme/auth-revocation'
 *
 * const source = tokenStatusList({
 *   issuers: [{ issuer: 'https://login.example.com/', uris: ['https://status.example.com/lists/'] }],
 *   required: true,
 * })
 * console.log(source.name, source.state?.())
 * ```
 */
export function tokenStatusList(options: TokenStatusListOptions): RevocationSource {
  const settings = resolveOptions(options)
  const lists = createLists(settings)
  const places = new Map(options.issuers.map((each) => [each.issuer, placeOf(each, settings.fetch)]))

  return Object.freeze({
    name: 'status-list',
    onFailure: settings.onFailure,
    // A little longer than what a list may take, whose own limit says more. Keys that take longer go on, for the next request.
    timeout: settings.timeout + 1,
    state: lists.state,
    subscribe: lists.subscribe,
    async check({ issuer, claims, expiresAt }: RevocableToken): Promise<RevocationAnswer> {
      const reference = statusReference(claims)
      if (reference === undefined) return { revoked: settings.required, detail: 'a token without a status' }
      if (reference === 'malformed') return refused('a status that is no status')
      const place = places.get(issuer)
      if (place === undefined) return refused('a status of an issuer without status lists here')
      // A token tells where to look: nobody is sent anywhere else by it (server-side request forgery).
      if (!isAllowed(reference.uri, place.allowed)) return refused('a status list at a place that is not allowed')
      const list = await lists.get({ uri: reference.uri, issuer, keys: place.keys }, expiresAt)
      const status = statusAt(list, reference.index)
      // §8.3: beyond the end of the list.
      if (status === undefined) return refused('a status beyond the end of its list')
      return { revoked: status !== 0, detail: `status ${status}, ${STATUSES[status] ?? 'of the application'}` }
    },
  })
}

function refused(detail: string): RevocationAnswer {
  return { revoked: true, detail }
}

function placeOf(
  { issuer, jwksUri, uris }: StatusListIssuer,
  fetch: typeof globalThis.fetch,
): Pick<ListPlace, 'keys'> & { readonly allowed: readonly string[] } {
  // In the order in which the keys of an issuer are looked for: OpenID Connect Discovery 1.0 §4, then RFC 8414 §3.
  const documents = [
    `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`,
    wellKnown(issuer, 'oauth-authorization-server'),
  ]
  const allowed = uris ?? [`${new URL(issuer).origin}/`]
  return { allowed, keys: createIssuerKeys({ issuer, jwksUri, documents, fetch }) }
}
