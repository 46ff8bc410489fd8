import { OAuthError } from '../oauth-error.js'
import type { GrantRequest } from './grant-request.js'
import { presentedClaims } from './presented-token.js'
import { ACCESS_TOKEN, CONNECTION_ACCESS_TOKEN, REFRESH_TOKEN } from './token-types.js'

/** The access token that an identity provider gave for a user (Auth0's Token Vault). */
export async function connectionToken(request: GrantRequest): Promise<Record<string, unknown>> {
  const { server, client, parameters } = request
  if (!client.isConfidential) throw new OAuthError('unauthorized_client', 'for confidential clients only')
  if (parameters.need('requested_token_type') !== CONNECTION_ACCESS_TOKEN) {
    throw new OAuthError('invalid_request', 'requested_token_type is not that of a connection')
  }
  if (![ACCESS_TOKEN, REFRESH_TOKEN].includes(parameters.need('subject_token_type'))) {
    throw new OAuthError('invalid_request', 'the subject token is a refresh token or an access token')
  }
  const { sub } = await presentedClaims(request, 'subject_token')
  const connection = parameters.need('connection')
  const known = server.connections ?? { [connection]: `${connection}:${parameters.get('login_hint') ?? String(sub)}` }
  if (!Object.hasOwn(known, connection)) throw new OAuthError('invalid_request', 'the user has no such connection')
  return {
    access_token: known[connection],
    issued_token_type: CONNECTION_ACCESS_TOKEN,
    token_type: 'Bearer',
    expires_in: server.accessTokenLifetime,
  }
}
