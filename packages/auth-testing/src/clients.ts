import type { JWK } from 'jose'

import { rejectUnknown } from './unknown-options.js'

/** A client that an issuer knows. One with neither `secret` nor `keys` is public. */
export interface TestClient {
  /** `client_id` (RFC 6749 §2.2). */
  id: string
  /** For `client_secret_basic` and `client_secret_post`. */
  secret?: string
  /** Public keys, for `private_key_jwt` (RFC 7523 §2.2) and for assertions of its own as a grant. */
  keys?: readonly JWK[]
  /** Space-separated: what it may have at most; of wider requests the rest is granted. Default: anything. */
  scope?: string
  /** Exact, but for the port on loopback (RFC 8252 §7.3). Default: any. */
  redirectUris?: readonly string[]
  /** Exact, for `post_logout_redirect_uri`. Default: any. */
  logoutUris?: readonly string[]
}

const NAMES = ['id', 'secret', 'keys', 'scope', 'redirectUris', 'logoutUris']

/** A client as the issuer finds it. */
export interface KnownClient extends TestClient {
  /** Made up for the request, since there is no list: any secret will do. */
  readonly isAnybody: boolean
}

/** Looks a client up. */
export type FindClient = (id: string) => KnownClient | undefined

/** Whom an issuer knows: those of the list, or without one anybody, by any secret or none. */
export function knownClients(clients: readonly TestClient[] | undefined): FindClient {
  for (const client of clients ?? []) rejectUnknown('clients', client, NAMES)
  const known = new Map(clients?.map((client) => [client.id, { ...client, isAnybody: false }]))
  return (id) => (clients === undefined ? { id, isAnybody: true } : known.get(id))
}
