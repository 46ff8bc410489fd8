import { OAuthError } from '../oauth-error.js'
import { words } from '../parameters.js'
import type { Grant } from '../store.js'
import { isObject } from '../verify-jwt.js'
import type { GrantRequest } from './grant-request.js'
import { createRefreshToken, idTokenOf, signedJwt, tokenResponse } from './issue.js'
import { presentedClaims, type PresentedClaims } from './presented-token.js'
import { grantedScopes, narrowedScopes, requestedAudiences } from './scope-and-audience.js'
import { ACCESS_TOKEN, ID_JAG, ID_JAG_TYP, ID_TOKEN, JWT, REFRESH_TOKEN } from './token-types.js'

/** Seconds. An ID-JAG is redeemed at once. */
const ID_JAG_LIFETIME = 300

/** Exchanges a token for another (RFC 8693). */
export async function tokenExchange(request: GrantRequest): Promise<Record<string, unknown>> {
  const { parameters } = request
  const subject = await presentedClaims(request, 'subject_token')
  const actor = await actorOf(request, subject)
  const grant = exchanged(request, subject, actor)
  const type = parameters.get('requested_token_type') ?? ACCESS_TOKEN
  switch (type) {
    case ACCESS_TOKEN:
    case JWT:
      return { ...(await accessTokens(request, grant)), issued_token_type: type }
    case ID_TOKEN:
      return notAccess(request, type, await idTokenOf(request.server, grant))
    case REFRESH_TOKEN:
      return notAccess(request, type, createRefreshToken(request.server, grant))
    case ID_JAG:
      return notAccess(request, type, await idJag(request, grant))
    default:
      throw new OAuthError('invalid_request', 'requested_token_type is not known')
  }
}

/**
 * The actor chain of the new token (RFC 8693 §4.1): the actor outermost, those before it within.
 * Without an actor token it is the client, when it exchanges what was given to another (Auth0's on-behalf-of).
 */
async function actorOf(request: GrantRequest, subject: PresentedClaims): Promise<unknown> {
  const { client, parameters } = request
  const isTheirs = subject['client_id'] !== undefined && subject['client_id'] !== client.id
  if (parameters.get('actor_token') === undefined) {
    if (parameters.get('actor_token_type') !== undefined) throw unwanted('actor_token_type without actor_token')
    if (!isTheirs) return subject['act']
    return chain(subject, { sub: client.id })
  }
  const { sub, iss } = await presentedClaims(request, 'actor_token')
  return chain(subject, { sub, ...(iss !== request.server.issuer && { iss }) })
}

function chain(subject: PresentedClaims, actor: Record<string, unknown>): unknown {
  const { may_act: allowed, act } = subject
  // RFC 8693 §4.4: who may act is said by the subject's token, where it says so.
  if (isObject(allowed) && allowed['sub'] !== actor['sub']) throw unwanted('the actor may not act for the subject')
  return { ...actor, ...(act !== undefined && { act }) }
}

function exchanged(request: GrantRequest, subject: PresentedClaims, act: unknown): Grant {
  const { server, client, parameters, jkt } = request
  const own = typeof subject['scope'] === 'string' ? words(subject['scope']) : undefined
  const isRestricted = client.scope !== undefined || own === undefined
  return {
    clientId: client.id,
    login: loginOf(subject),
    // What a registered client may have is the issuer's policy; otherwise an exchange only narrows.
    scopes: isRestricted ? grantedScopes(client, parameters) : narrowedScopes(parameters, own),
    audiences: requestedAudiences(server, parameters),
    jkt: client.isConfidential ? undefined : jkt,
    act,
    revoked: false,
  }
}

function loginOf({ sub, acr, amr, auth_time: authTime }: PresentedClaims): Grant['login'] {
  return {
    subject: String(sub),
    acr: typeof acr === 'string' ? acr : undefined,
    amr: Array.isArray(amr) ? amr.map(String) : undefined,
    authTime: typeof authTime === 'number' ? authTime : undefined,
  }
}

function accessTokens({ server, parameters, jkt }: GrantRequest, grant: Grant): Promise<Record<string, unknown>> {
  // Only when asked for: the scope of the subject token may have it as well.
  const isLasting = words(parameters.get('scope')).includes('offline_access')
  const refreshToken =
    isLasting && grant.scopes.includes('offline_access') ? createRefreshToken(server, grant) : undefined
  return tokenResponse(server, { grant, jkt, refreshToken })
}

// RFC 8693 §2.2.1: `access_token` has whatever was issued, and `token_type` says that it is no access token.
function notAccess(request: GrantRequest, type: string, token: string): Record<string, unknown> {
  const lifetimes: Record<string, number> = {
    [ID_JAG]: ID_JAG_LIFETIME,
    [REFRESH_TOKEN]: request.server.refreshTokenLifetime,
  }
  const lifetime = lifetimes[type] ?? request.server.accessTokenLifetime
  return { access_token: token, issued_token_type: type, token_type: 'N_A', expires_in: lifetime }
}

/** An assertion for the issuer that `audience` names (draft-ietf-oauth-identity-assertion-authz-grant §3). */
function idJag({ server, client, parameters }: GrantRequest, grant: Grant): Promise<string> {
  const issuedAt = Math.floor(server.now())
  return signedJwt(server, ID_JAG_TYP, {
    iss: server.issuer,
    sub: grant.login.subject,
    aud: parameters.need('audience'),
    client_id: client.id,
    resource: parameters.get('resource'),
    scope: grant.scopes.join(' ') || undefined,
    iat: issuedAt,
    exp: issuedAt + ID_JAG_LIFETIME,
    jti: crypto.randomUUID(),
    auth_time: grant.login.authTime,
    acr: grant.login.acr,
    amr: grant.login.amr,
  })
}

function unwanted(description: string): OAuthError {
  return new OAuthError('invalid_request', description)
}
