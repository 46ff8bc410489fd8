import type { AuthorizationServer } from '../authorization-server.js'
import { OAuthError, uncached } from '../oauth-error.js'
import type { Parameters } from '../parameters.js'
import { authorizationCode } from './authorization-code.js'
import { authenticateClient } from './client-authentication.js'
import { clientCredentials } from './client-credentials.js'
import { connectionToken } from './connection-token.js'
import { verifyProof } from './dpop.js'
import type { GrantRequest } from './grant-request.js'
import { CONNECTION_TOKEN, JWT_BEARER, TOKEN_EXCHANGE } from './grant-types.js'
import { jwtBearer } from './jwt-bearer.js'
import { refreshToken } from './refresh-token.js'
import { tokenExchange } from './token-exchange.js'

const GRANTS: ReadonlyMap<string, (request: GrantRequest) => Promise<Record<string, unknown>>> = new Map([
  ['client_credentials', clientCredentials],
  ['authorization_code', authorizationCode],
  ['refresh_token', refreshToken],
  [TOKEN_EXCHANGE, tokenExchange],
  [JWT_BEARER, jwtBearer],
  [CONNECTION_TOKEN, connectionToken],
])

/** Answers a token request (RFC 6749 §3.2). @throws {OAuthError} for one that is refused */
export async function answerToken(
  server: AuthorizationServer,
  request: Request,
  parameters: Parameters,
): Promise<Response> {
  const grant = GRANTS.get(parameters.need('grant_type'))
  if (grant === undefined) throw new OAuthError('unsupported_grant_type', 'the issuer does not have this grant')
  // Before the grant, which a request without a nonce must not use up.
  const jkt = await verifyProof(server, request)
  const client = await authenticateClient(server, request, parameters)
  return uncached(await grant({ server, client, parameters, jkt }))
}
