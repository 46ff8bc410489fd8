import type { Circuit } from './resilience/exchange.js'
import type { AuthClientError } from './errors.js'

/** How a client got a token. */
export type Grant =
  | 'client_credentials'
  | 'authorization_code'
  | 'refresh_token'
  | 'token_exchange'
  | 'connection'
  | 'id_jag'
  | 'jwt_bearer'

/** What happens in a client. Events hold no secret, and no name of a user. */
export type ClientEvent =
  | { readonly type: 'granted'; readonly grant: Grant }
  | { readonly type: 'failed'; readonly grant: Grant; readonly error: AuthClientError }
  /** Tokens that another tab or process got were taken over. */
  | { readonly type: 'adopted' }
  /** The refused refresh token was still the current one: the user has to log in. */
  | { readonly type: 'session_ended' }
  /** Tokens were renewed and could not be saved: they are kept in memory. */
  | { readonly type: 'store_failed'; readonly error: AuthClientError }
  | { readonly type: 'circuit'; readonly circuit: Circuit }
