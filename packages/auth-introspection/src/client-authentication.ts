import { ClientSecretBasic, ClientSecretPost, PrivateKeyJwt } from 'oauth4webapi'
import type { ClientAuth, PrivateKey } from 'oauth4webapi'

import { wrong } from './options.js'
import type { IntrospectionOptions } from './options.js'

/**
 * How this API proves to the endpoint who it is. The secret is held by a closure alone, so that nothing prints it.
 *
 * @throws {TypeError} that does not show what was given
 */
export function clientAuthentication(options: IntrospectionOptions): ClientAuth {
  const { clientSecret, privateKey, authentication = 'client_secret_basic' } = options
  if ((clientSecret === undefined) === (privateKey === undefined)) {
    throw wrong('clientSecret, privateKey', 'exactly one of them')
  }
  if (privateKey !== undefined) return byKey(privateKey)
  if (typeof clientSecret !== 'string' || clientSecret === '') throw wrong('clientSecret', 'text')
  if (authentication === 'client_secret_basic') return ClientSecretBasic(clientSecret)
  if (authentication === 'client_secret_post') return ClientSecretPost(clientSecret)
  throw wrong('authentication', "'client_secret_basic' or 'client_secret_post'")
}

function byKey(given: NonNullable<IntrospectionOptions['privateKey']>): ClientAuth {
  try {
    return PrivateKeyJwt(given as PrivateKey) // which it checks
  } catch {
    throw wrong('privateKey', 'a private CryptoKey that signs, or { key, kid }')
  }
}
