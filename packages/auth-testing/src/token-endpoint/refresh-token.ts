import { OAuthError } from '../oauth-error.js'
import type { RefreshToken } from '../store.js'
import type { GrantRequest } from './grant-request.js'
import { createRefreshToken, tokenResponse } from './issue.js'
import { narrowedAudiences, narrowedScopes } from './scope-and-audience.js'

/** Refreshes, and replaces the refresh token (RFC 6749 §6, RFC 9700 §4.14.2). */
export function refreshToken(request: GrantRequest): Promise<Record<string, unknown>> {
  const { server, parameters, jkt } = request
  const value = parameters.need('refresh_token')
  const token = usableRefreshToken(request, value)
  const { grant } = token
  if (grant.jkt !== undefined && grant.jkt !== jkt) throw invalidGrant('the refresh token is bound to another key')
  const scopes = narrowedScopes(parameters, grant.scopes)
  const audiences = narrowedAudiences(parameters, grant.audiences)
  // Nothing is awaited since it was looked up: of two requests at the same time one finds it used.
  token.used = server.rotatesRefreshTokens
  const next = server.rotatesRefreshTokens ? createRefreshToken(server, grant) : undefined
  return tokenResponse(server, {
    grant,
    scopes,
    audiences,
    jkt,
    refreshToken: next,
    idToken: scopes.includes('openid'),
  })
}

/** A refresh token that is the client's and good. One that was used before revokes its whole family. */
export function usableRefreshToken({ server, client }: GrantRequest, value: string): RefreshToken {
  const token = server.store.refreshTokens.get(value)
  if (token === undefined || token.grant.clientId !== client.id) throw invalidGrant('no such refresh token')
  if (token.used) {
    server.store.reuses += 1
    token.grant.revoked = true
  }
  if (token.grant.revoked) throw invalidGrant('the refresh token was revoked')
  if (server.now() >= token.expiresAt) throw invalidGrant('the refresh token has expired')
  return token
}

function invalidGrant(description: string): OAuthError {
  return new OAuthError('invalid_grant', description)
}
