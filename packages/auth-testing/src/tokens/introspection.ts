import type { AuthorizationServer } from '../authorization-server.js'
import { OAuthError, uncached } from '../oauth-error.js'
import type { Parameters } from '../parameters.js'
import { authenticateClient } from '../token-endpoint/client-authentication.js'
import { isObject, verifyJwt } from '../verify-jwt.js'

/** Says what a token is (RFC 7662 §2): of confidential clients, whoever they are. */
export async function answerIntrospection(
  server: AuthorizationServer,
  request: Request,
  parameters: Parameters,
): Promise<Response> {
  const { isConfidential } = await authenticateClient(server, request, parameters)
  // RFC 7662 §2.1: without it anybody could scan for tokens.
  if (!isConfidential) throw new OAuthError('invalid_client', 'for confidential clients only', 401)
  const token = parameters.need('token')
  const description = refreshToken(server, token) ?? (await accessToken(server, token)) ?? { active: false }
  return uncached(description)
}

function refreshToken(server: AuthorizationServer, token: string): Record<string, unknown> | undefined {
  const found = server.store.refreshTokens.get(token)
  if (found === undefined || found.used || found.grant.revoked || server.now() >= found.expiresAt) return undefined
  const { clientId, login, scopes } = found.grant
  const exp = Math.floor(found.expiresAt)
  return { active: true, iss: server.issuer, client_id: clientId, sub: login.subject, scope: scopes.join(' '), exp }
}

async function accessToken(server: AuthorizationServer, token: string): Promise<Record<string, unknown> | undefined> {
  const verified = await verifyJwt(token, server.publishedKeys(), server.now())
  if (verified?.header['typ'] !== 'at+jwt' || verified.claims['iss'] !== server.issuer) return undefined
  const { jti, cnf } = verified.claims
  if (typeof jti === 'string' && (server.store.revoked.has(jti) || server.store.grants.get(jti)?.revoked)) {
    return undefined
  }
  const type = isObject(cnf) && 'jkt' in cnf ? 'DPoP' : 'Bearer'
  return { ...verified.claims, active: true, token_type: type }
}
