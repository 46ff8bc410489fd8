import { JwtVerifier } from 'aws-jwt-verify'
import jsonwebtoken from 'jsonwebtoken'

import { AUDIENCE } from '../material.js'
import type { KnownIssuer } from '../material.js'
import type { BearerCheck } from './check.js'
import { keyObject } from './limits.js'

/** Does not look at the type of the token. */
export function jsonWebToken({ issuer, signingKey }: KnownIssuer): BearerCheck {
  const key = keyObject(signingKey.publicJwk)
  return {
    name: 'jsonwebtoken',
    takes: 'token',
    synchronous: true,
    verify: (token) =>
      jsonwebtoken.verify(token, key, { algorithms: ['RS256'], issuer, audience: AUDIENCE, clockTolerance: 5 }),
  }
}

/** Does not look at the type of the token, and does not want it to expire. */
export function awsJwtVerify({ issuer, jwksUri, signingKey }: KnownIssuer): BearerCheck {
  const verifier = JwtVerifier.create({ issuer, audience: AUDIENCE, jwksUri, graceSeconds: 5 })
  const { kid, publicJwk } = signingKey
  // A published key has all members that the type wants.
  verifier.cacheJwks({ keys: [{ ...publicJwk, kid }] } as Parameters<typeof verifier.cacheJwks>[0])
  return {
    name: 'aws-jwt-verify',
    takes: 'token',
    synchronous: true,
    verify: (token) => verifier.verifySync(token),
  }
}
