import { allowInsecureRequests, clockTolerance, jwksCache, validateJwtAccessToken } from 'oauth4webapi'
import type { JWTAccessTokenClaims } from 'oauth4webapi'

import { AUDIENCE, URL_OF_REQUEST } from '../material.js'
import type { KnownIssuer } from '../material.js'
import type { BearerCheck, DpopCheck } from './check.js'

const NAME = 'oauth4webapi'

export function webApiBearer(issuer: KnownIssuer): BearerCheck {
  const validate = validator(issuer)
  return {
    name: NAME,
    takes: 'authorization',
    synchronous: false,
    verify: (authorization) => validate({ authorization }),
  }
}

export function webApiDpop(issuer: KnownIssuer): DpopCheck {
  const validate = validator(issuer)
  return { name: NAME, verify: ({ authorization, proof }) => validate({ authorization, dpop: proof }) }
}

function validator({
  issuer,
  jwksUri,
  signingKey,
}: KnownIssuer): (headers: Record<string, string>) => Promise<JWTAccessTokenClaims> {
  const server = { issuer, jwks_uri: jwksUri }
  const options = {
    // It takes keys that were fetched before; after five minutes it fetches them itself.
    [jwksCache]: { jwks: { keys: [{ ...signingKey.publicJwk }] }, uat: Math.floor(Date.now() / 1000) },
    [allowInsecureRequests]: true,
    [clockTolerance]: 5,
    signingAlgorithms: ['RS256', 'ES256'],
  }
  return (headers) => validateJwtAccessToken(server, new Request(URL_OF_REQUEST, { headers }), AUDIENCE, options)
}
