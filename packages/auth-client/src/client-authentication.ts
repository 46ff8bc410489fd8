import { ClientSecretBasic, ClientSecretPost, None, PrivateKeyJwt, TlsClientAuth } from 'oauth4webapi'
import type { ClientAuth, PrivateKey } from 'oauth4webapi'

import { wrong } from './options.js'
import type { ClientAuthentication } from './options.js'

/**
 * How a client proves who it is. The secret is held by a closure alone, so that nothing prints it.
 *
 * @throws {AuthClientError} `options_invalid`
 */
export function authenticationOf(given: ClientAuthentication): ClientAuth {
  if (given === 'none') return None()
  if (typeof given === 'object' && given !== null) {
    if ('secret' in given) return bySecret(given.secret, given.method ?? 'basic')
    if ('privateKey' in given)
      return byKey({ key: given.privateKey, ...(given.kid !== undefined && { kid: given.kid }) })
    if ('mtls' in given && typeof given.mtls === 'function') return TlsClientAuth()
  }
  throw wrong('authentication', "'none', { secret }, { privateKey } or { mtls }")
}

function bySecret(secret: unknown, method: unknown): ClientAuth {
  if (typeof secret !== 'string' || secret === '') throw wrong('authentication.secret', 'text')
  if (method === 'basic') return ClientSecretBasic(secret)
  if (method === 'post') return ClientSecretPost(secret)
  throw wrong('authentication.method', "'basic' or 'post'")
}

function byKey(given: object): ClientAuth {
  try {
    return PrivateKeyJwt(given as PrivateKey) // which it checks
  } catch {
    throw wrong('authentication.privateKey', 'a private CryptoKey that signs')
  }
}
