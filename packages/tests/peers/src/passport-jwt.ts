import type { RequestHandler } from 'express'
import { passportJwtSecret } from 'jwks-rsa'
import { Passport } from 'passport'
import { ExtractJwt, Strategy } from 'passport-jwt'

import type { PeerGuards, PeerSettings } from './peer.js'

/** As the documents of passport-jwt and jwks-rsa have it together. */
export function passportJwt({ issuer, audience }: PeerSettings): PeerGuards {
  const passport = new Passport()
  passport.use(
    new Strategy(
      {
        jwtFromRequest: ExtractJwt.fromAuthHeaderAsBearerToken(),
        secretOrKeyProvider: passportJwtSecret({
          jwksUri: new URL('.well-known/jwks.json', issuer).href,
          cache: true,
          rateLimit: true,
          jwksRequestsPerMinute: 5,
        }),
        issuer,
        audience,
        algorithms: ['RS256'],
      },
      (payload: object, done: (error: null, user: object) => void) => done(null, payload),
    ),
  )
  const authenticate: unknown = passport.authenticate('jwt', { session: false })
  return {
    authenticated: authenticate as RequestHandler, // its types say `any`
    withScope: (scope) => (request, response, next) => {
      if (scopesOf(request.user).includes(scope)) next()
      else response.sendStatus(403)
    },
    subjectOf: ({ user }) => (isClaims(user) ? user['sub'] : undefined),
  }
}

function scopesOf(user: unknown): readonly string[] {
  const scope = isClaims(user) ? user['scope'] : undefined
  return typeof scope === 'string' ? scope.split(' ') : []
}

function isClaims(user: unknown): user is Readonly<Record<string, unknown>> {
  return typeof user === 'object' && user !== null
}
