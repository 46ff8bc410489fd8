import { createVerifier } from 'fast-jwt'
import buildGetJwks from 'get-jwks'

import { AUDIENCE } from '../material.js'
import type { KnownIssuer } from '../material.js'
import type { BearerCheck } from './check.js'
import { keyObject } from './limits.js'

export function fastJwt(issuer: KnownIssuer): BearerCheck {
  const verify = createVerifier({ ...optionsFor(issuer), key: publicPem(issuer), cache: false })
  return { name: 'fast-jwt', takes: 'token', synchronous: true, verify }
}

export function fastJwtCached(issuer: KnownIssuer): BearerCheck {
  const verify = createVerifier({ ...optionsFor(issuer), key: publicPem(issuer), cache: 1000 })
  return { name: 'fast-jwt, token seen', takes: 'token', synchronous: true, verify }
}

export function fastJwtWithGetJwks(issuer: KnownIssuer): BearerCheck {
  const verify = createVerifier({ ...optionsFor(issuer), key: keyFetcher(issuer), cache: false })
  return { name: 'fast-jwt + get-jwks', takes: 'token', synchronous: false, verify }
}

/** Exported for the HTTP part. */
export function publicPem({ signingKey }: KnownIssuer): string {
  return keyObject(signingKey.publicJwk).export({ type: 'spki', format: 'pem' }).toString()
}

interface Decoded {
  readonly header: Readonly<Record<string, unknown>>
  readonly payload: { readonly iss: string }
}

/** Exported for the HTTP part. */
export function keyFetcher({ issuer }: KnownIssuer): (decoded: Decoded) => Promise<string> {
  const keys = buildGetJwks({ issuersWhitelist: [issuer], ttl: 600_000 })
  return ({ header: { kid, alg }, payload: { iss } }) =>
    keys.getPublicKey({ kid: String(kid), alg: String(alg), domain: iss })
}

/** Exported for the HTTP part. */
export function optionsFor({ issuer }: KnownIssuer): {
  algorithms: ['RS256']
  allowedIss: string
  allowedAud: string
  requiredClaims: string[]
  checkTyp: string
  clockTolerance: number
} {
  return {
    algorithms: ['RS256'],
    allowedIss: issuer,
    allowedAud: AUDIENCE,
    requiredClaims: ['iss', 'aud', 'exp'],
    checkTyp: 'at+jwt',
    clockTolerance: 5000,
  }
}
