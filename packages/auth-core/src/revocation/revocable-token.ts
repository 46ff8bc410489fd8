import type { AccessTokenClaims } from '../access-token/claims.js'
import { keepShape } from '../util/keep-shape.js'
import type { RevocableToken } from './revocation-source.js'

/** What sources are asked about, of a token that was verified. */
export function revocableToken({ claims, clientId }: Pick<RevocableToken, 'claims' | 'clientId'>): RevocableToken {
  const { iss, sub, sid, jti, iat, exp } = claims
  return {
    issuer: iss,
    subject: sub,
    clientId,
    sessionId: typeof sid === 'string' ? sid : undefined,
    tokenId: typeof jti === 'string' ? jti : undefined,
    issuedAt: iat,
    expiresAt: exp,
    claims,
  }
}

const EXAMPLE: AccessTokenClaims = { iss: '', aud: '', exp: 0 }
keepShape(revocableToken({ claims: EXAMPLE, clientId: undefined }))
