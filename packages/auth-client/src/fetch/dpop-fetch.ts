import type { AccessToken } from '../access-token.js'
import type { DpopKeyPair } from '../dpop/key-pair.js'
import { AuthClientError } from '../errors.js'
import { createFetch } from './create-fetch.js'
import type { FetchOptions } from './options.js'

/** Options of {@link dpopFetch}. */
export interface DpopFetchOptions extends FetchOptions {
  /** The access token, which is bound to the key. */
  readonly accessToken: string
  readonly keyPair: DpopKeyPair
}

/**
 * {@link createFetch} for one DPoP-bound token that is there already: a proof for each request (RFC 9449 §7.1), nonces and the
 * clock of the server learnt, redirects and streams as there. It gets no other token: a 401 is the caller's.
 *
 * @throws {AuthClientError} as {@link createFetch}
 * @example
 * ```ts
 * import { dpopFetch, generateDpopKeyPair } from '@acme/auth-client'
 *
 * const keyPair = await generateDpopKeyPair()
 * const call = dpopFetch({ accessToken: 'an-access-token', keyPair, origins: ['https://api.example.com'] })
 * export const messages = () => call('https://api.example.com/messages')
 * ```
 */
export function dpopFetch({ accessToken, keyPair, ...options }: DpopFetchOptions): typeof globalThis.fetch {
  if (typeof accessToken !== 'string') throw new AuthClientError('options_invalid', 'accessToken: want text')
  const token: AccessToken = {
    value: accessToken,
    type: 'DPoP',
    dpopKey: keyPair,
    expiresAt: undefined,
    scopes: undefined,
  }
  return createFetch({ getAccessToken: () => Promise.resolve(token) }, options)
}
