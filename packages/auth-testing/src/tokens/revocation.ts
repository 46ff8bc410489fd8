import type { AuthorizationServer } from '../authorization-server.js'
import { OAuthError } from '../oauth-error.js'
import type { Parameters } from '../parameters.js'
import { authenticateClient } from '../token-endpoint/client-authentication.js'
import { verifyJwt } from '../verify-jwt.js'

/** Revokes a token (RFC 7009 §2): a refresh token with all that came of its grant, an access token alone. */
export async function answerRevocation(
  server: AuthorizationServer,
  request: Request,
  parameters: Parameters,
): Promise<Response> {
  const { id } = await authenticateClient(server, request, parameters)
  const token = parameters.need('token')
  const refresh = server.store.refreshTokens.get(token)
  if (refresh !== undefined) {
    refuseOthers(id, refresh.grant.clientId)
    refresh.grant.revoked = true
  } else await revokeAccessToken(server, id, token)
  // RFC 7009 §2.2: a token that is none is as good as revoked.
  return new Response(null, { headers: { 'cache-control': 'no-store' } })
}

async function revokeAccessToken(server: AuthorizationServer, clientId: string, token: string): Promise<void> {
  const verified = await verifyJwt(token, server.publishedKeys(), server.now())
  const jti = verified?.claims['jti']
  if (typeof jti !== 'string') return
  refuseOthers(clientId, verified?.claims['client_id'])
  server.store.revoked.set(jti, true)
}

// RFC 7009 §2.1: a client revokes its own tokens only.
function refuseOthers(clientId: string, owner: unknown): void {
  if (owner !== clientId) throw new OAuthError('unauthorized_client', 'the token is that of another client')
}
