import { createAccessToken } from '../access-token.js'
import type { AuthorizationServer } from '../authorization-server.js'
import { compactJws } from '../compact-jws.js'
import type { Grant } from '../store.js'

/** What becomes of a token request that is granted. */
export interface Issue {
  readonly grant: Grant
  /** Of this access token. Default: the grant's. */
  readonly scopes?: readonly string[]
  /** Of this access token. Default: the grant's. */
  readonly audiences?: readonly string[]
  /** Thumbprint of the key of the request's proof. */
  readonly jkt: string | undefined
  /** For the ID token. */
  readonly nonce?: string | undefined
  /** The refresh token to hand out; `undefined` for none. */
  readonly refreshToken?: string | undefined
  readonly idToken?: boolean
}

/** A successful answer of the token endpoint (RFC 6749 §5.1). */
export async function tokenResponse(server: AuthorizationServer, issue: Issue): Promise<Record<string, unknown>> {
  const scope = (issue.scopes ?? issue.grant.scopes).join(' ')
  return {
    access_token: await accessTokenOf(server, issue),
    token_type: issue.jkt === undefined ? 'Bearer' : 'DPoP',
    expires_in: server.accessTokenLifetime,
    ...(scope !== '' && { scope }),
    ...(issue.refreshToken !== undefined && { refresh_token: issue.refreshToken }),
    ...(issue.idToken === true && { id_token: await idTokenOf(server, issue.grant, issue.nonce) }),
  }
}

/** An access token (RFC 9068 §2.2), which the issuer can revoke. */
export async function accessTokenOf(server: AuthorizationServer, issue: Issue): Promise<string> {
  const { grant, scopes = grant.scopes, audiences = grant.audiences, jkt } = issue
  const jti = crypto.randomUUID()
  server.store.grants.set(jti, grant)
  const claims = {
    sub: grant.login.subject,
    client_id: grant.clientId,
    aud: audiences.length === 1 ? audiences[0] : audiences,
    jti,
    ...authenticationOf(grant),
    act: grant.act,
    ...grant.login.claims,
  }
  const { issuer, audience } = server
  return createAccessToken(
    { issuer, audience, key: server.signingKey(), now: server.now() },
    {
      claims,
      expiresIn: server.accessTokenLifetime,
      ...(scopes.length > 0 && { scope: scopes.join(' ') }),
      ...(jkt !== undefined && { jkt }),
    },
  )
}

/** An ID token (OpenID Connect Core §2). */
export function idTokenOf(server: AuthorizationServer, grant: Grant, nonce?: string): Promise<string> {
  const issuedAt = Math.floor(server.now())
  return signedJwt(server, 'JWT', {
    iss: server.issuer,
    sub: grant.login.subject,
    aud: grant.clientId,
    iat: issuedAt,
    exp: issuedAt + server.accessTokenLifetime,
    nonce,
    ...authenticationOf(grant),
    act: grant.act,
    ...grant.login.claims,
    ...grant.login.idTokenClaims,
  })
}

/** A JWT of the issuer's. */
export function signedJwt(server: AuthorizationServer, typ: string, payload: Record<string, unknown>): Promise<string> {
  const key = server.signingKey()
  return compactJws({ header: { alg: key.alg, typ, kid: key.kid }, payload, key })
}

// RFC 9068 §2.2.1: JSON drops what is undefined.
function authenticationOf({ login }: Grant): Record<string, unknown> {
  return { auth_time: login.authTime, acr: login.acr, amr: login.amr }
}

/** Makes a refresh token of a grant's family. */
export function createRefreshToken(server: AuthorizationServer, grant: Grant): string {
  const token = `rt_${crypto.randomUUID()}`
  server.store.refreshTokens.set(token, { grant, expiresAt: server.now() + server.refreshTokenLifetime, used: false })
  return token
}
