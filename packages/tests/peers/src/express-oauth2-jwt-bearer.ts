import { auth, requiredScopes } from 'express-oauth2-jwt-bearer'

import type { PeerGuards, PeerSettings } from './peer.js'

/** As its README has it: DPoP proofs are allowed without being asked for. */
export function expressOauth2JwtBearer({ issuer, audience }: PeerSettings): PeerGuards {
  return {
    authenticated: auth({ issuerBaseURL: issuer, audience }),
    withScope: (scope) => requiredScopes(scope),
    subjectOf: ({ auth: found }) => found?.payload.sub,
  }
}
