import { OAuthError } from '../oauth-error.js'
import { verifyJwt } from '../verify-jwt.js'
import type { GrantRequest } from './grant-request.js'
import { usableRefreshToken } from './refresh-token.js'
import { ACCESS_TOKEN, ID_TOKEN, JWT, REFRESH_TOKEN } from './token-types.js'

/** What a subject or actor token says. */
export type PresentedClaims = Readonly<Record<string, unknown>>

/**
 * Verifies a subject or an actor token.
 *
 * @throws {OAuthError} `invalid_request` for one that is not good, and for an unknown type (RFC 8693 §2.2.2)
 */
export async function presentedClaims(
  request: GrantRequest,
  role: 'subject_token' | 'actor_token',
): Promise<PresentedClaims> {
  const token = request.parameters.need(role)
  const claims = await claimsOf(request, token, request.parameters.need(`${role}_type`))
  if (typeof claims?.['sub'] !== 'string') throw new OAuthError('invalid_request', `${role} is not good`)
  return claims
}

async function claimsOf(request: GrantRequest, token: string, type: string): Promise<PresentedClaims | undefined> {
  switch (type) {
    case ACCESS_TOKEN:
    case JWT:
    case ID_TOKEN:
      return ownClaims(request, token, type)
    case REFRESH_TOKEN:
      return refreshClaims(request, token)
    default:
      return request.server.foreignTokens?.(token, type)
  }
}

async function ownClaims(
  { server, client }: GrantRequest,
  token: string,
  type: string,
): Promise<PresentedClaims | undefined> {
  const verified = await verifyJwt(token, server.publishedKeys(), server.now())
  if (verified?.claims['iss'] !== server.issuer) return undefined
  const { claims, header } = verified
  // RFC 9068 §2.1: `typ` tells an access token from an ID token, whose audience is the client.
  if ((header['typ'] === 'at+jwt') === (type === ID_TOKEN)) return undefined
  if (type === ID_TOKEN && claims['aud'] !== client.id) return undefined
  const jti = typeof claims['jti'] === 'string' ? claims['jti'] : ''
  return server.store.revoked.has(jti) || server.store.grants.get(jti)?.revoked === true ? undefined : claims
}

function refreshClaims(request: GrantRequest, token: string): PresentedClaims {
  const { grant } = usableRefreshToken(request, token)
  const { subject, authTime, acr, amr, claims } = grant.login
  const login = { auth_time: authTime, acr, amr }
  return { ...claims, ...login, sub: subject, client_id: grant.clientId, scope: grant.scopes.join(' ') }
}
