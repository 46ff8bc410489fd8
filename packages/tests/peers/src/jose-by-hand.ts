import type { RequestHandler } from 'express'
import { createRemoteJWKSet, jwtVerify } from 'jose'
import type { JWTPayload } from 'jose'

import type { PeerGuards, PeerSettings } from './peer.js'

/** As tutorials have it: the second word of the header, `jwtVerify`, and one 401 for whatever went wrong. */
export function joseByHand({ issuer, audience }: PeerSettings): PeerGuards {
  const keys = createRemoteJWKSet(new URL('.well-known/jwks.json', issuer))
  const payloads = new WeakMap<object, JWTPayload>()

  const authenticated: RequestHandler = (request, response, next) => {
    const token = request.headers.authorization?.split(' ')[1]
    if (token === undefined) {
      response.status(401).json({ message: 'No token provided' })
      return
    }
    jwtVerify(token, keys, { issuer, audience }).then(
      ({ payload }) => {
        payloads.set(request, payload)
        next()
      },
      () => response.status(401).json({ message: 'Invalid token' }),
    )
  }

  return {
    authenticated,
    withScope: (scope) => (request, response, next) => {
      const granted = payloads.get(request)?.['scope']
      if (typeof granted === 'string' && granted.includes(scope)) next()
      else response.status(403).json({ message: 'Insufficient scope' })
    },
    subjectOf: (request) => payloads.get(request)?.sub,
  }
}
