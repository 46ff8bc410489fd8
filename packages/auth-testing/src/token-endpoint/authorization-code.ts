import { accessTokenHash as sha256 } from '../proof.js'
import { OAuthError } from '../oauth-error.js'
import type { Code } from '../store.js'
import type { GrantRequest } from './grant-request.js'
import { createRefreshToken, tokenResponse } from './issue.js'
import { narrowedAudiences } from './scope-and-audience.js'

/** Redeems a code (RFC 6749 §4.1.3, RFC 7636 §4.6). */
export async function authorizationCode(request: GrantRequest): Promise<Record<string, unknown>> {
  const { server, client, parameters, jkt } = request
  const challenge = await sha256(parameters.need('code_verifier'))
  const code = redeemable(request, parameters.need('code'))
  if (code.redirectUri !== parameters.get('redirect_uri')) throw invalidGrant('redirect_uri is another one')
  if (code.challenge !== challenge) throw invalidGrant('code_verifier is wrong')
  // RFC 9449 §10: the code may be bound to a key since the authorization request.
  if (code.grant.jkt !== undefined && code.grant.jkt !== jkt) throw invalidGrant('the code is bound to another key')
  const audiences = narrowedAudiences(parameters, code.grant.audiences)
  code.redeemed = true
  // RFC 9449 §5: refresh tokens of public clients are bound to the key; others to the client's authentication.
  const grant = { ...code.grant, jkt: client.isConfidential ? undefined : jkt }
  code.issued = grant
  const { scopes } = grant
  return tokenResponse(server, {
    grant,
    audiences,
    jkt,
    nonce: code.nonce,
    refreshToken: scopes.includes('offline_access') ? createRefreshToken(server, grant) : undefined,
    idToken: scopes.includes('openid'),
  })
}

function redeemable({ server, client }: GrantRequest, value: string): Code {
  const code = server.store.codes.get(value)
  if (code === undefined || code.grant.clientId !== client.id) throw invalidGrant('no such code')
  if (code.redeemed) {
    // RFC 6749 §4.1.2: a code that comes twice was stolen, and so may be the tokens that it gave.
    if (code.issued !== undefined) code.issued.revoked = true
    throw invalidGrant('the code was used before')
  }
  if (server.now() >= code.expiresAt) throw invalidGrant('the code has expired')
  return code
}

function invalidGrant(description: string): OAuthError {
  return new OAuthError('invalid_grant', description)
}
