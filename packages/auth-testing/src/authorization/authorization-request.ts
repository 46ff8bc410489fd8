import type { AuthorizationServer } from '../authorization-server.js'
import type { KnownClient } from '../clients.js'
import { OAuthError } from '../oauth-error.js'
import type { Parameters } from '../parameters.js'
import { isAllowedUri } from '../redirect-uri.js'
import { grantedScopes, requestedAudiences } from '../token-endpoint/scope-and-audience.js'

/** What a client asks of the user. */
export interface AuthorizationRequest {
  readonly scopes: readonly string[]
  readonly audiences: readonly string[]
  /** `code_challenge` of PKCE. */
  readonly challenge: string
}

/**
 * The client of a request, when it is known and may be answered at its `redirect_uri`.
 *
 * @throws {OAuthError} when not: the user is not sent there then (RFC 6749 §4.1.2.1)
 */
export function addressee(server: AuthorizationServer, parameters: Parameters): KnownClient {
  const client = server.findClient(parameters.need('client_id'))
  if (client === undefined) throw new OAuthError('invalid_request', 'no such client')
  if (!isAllowedUri(parameters.need('redirect_uri'), client.redirectUris)) {
    throw new OAuthError('invalid_request', 'redirect_uri is none of the client')
  }
  return client
}

/** Checks the rest of a request. @throws {OAuthError} which the client is told at its `redirect_uri` */
export function checkedRequest(
  server: AuthorizationServer,
  client: KnownClient,
  parameters: Parameters,
): AuthorizationRequest {
  if (parameters.get('request') !== undefined) throw new OAuthError('request_not_supported', 'no request objects')
  if (parameters.need('response_type') !== 'code') throw new OAuthError('unsupported_response_type', 'code alone')
  if (!['query', undefined].includes(parameters.get('response_mode'))) {
    throw new OAuthError('invalid_request', 'response_mode is query')
  }
  // RFC 9700 §2.1.1, RFC 7636 §4.3: without code_challenge_method it would be plain.
  const challenge = parameters.need('code_challenge')
  if (parameters.get('code_challenge_method') !== 'S256' || !/^[\w-]{43}$/.test(challenge)) {
    throw new OAuthError('invalid_request', 'PKCE wants S256')
  }
  return {
    challenge,
    scopes: grantedScopes(client, parameters),
    audiences: requestedAudiences(server, parameters),
  }
}
