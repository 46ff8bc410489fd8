import { DEFAULT_SHAPE } from './access-token/claim-mapping.js'
import type { AccessTokenClaims } from './access-token/claims.js'
import { verifiedAccessToken } from './access-token/verified-access-token.js'
import { freezeJson } from './crypto/compact-jws.js'
import { TokenAuthContext } from './outcome/auth-context.js'
import type { AuthContext } from './outcome/auth-context.js'
import type { CallOnBehalf } from './outcome/on-behalf-of.js'
import { processEnvironment } from './util/process-environment.js'

/** Where `fakeAuth` of @acme/auth-testing says who sends every request of this process: in tests. */
export const FAKE: unique symbol = Symbol.for('@acme/auth-testing.fake-caller')

/** A caller whose token nobody made. */
interface FakeCaller {
  readonly claims: AccessTokenClaims
  /** Of the client's key, where the token is said to be bound to one. */
  readonly thumbprint?: string | undefined
}

/**
 * Who sends all requests, where a test has said so; undefined everywhere else. Requirements are judged all the same.
 *
 * @throws {Error} in production: nobody is let in there without a token
 */
export function fakeCaller(tenant?: string, onBehalfOf?: CallOnBehalf): AuthContext | undefined {
  const fake = (globalThis as { [FAKE]?: FakeCaller })[FAKE] // set by fakeAuth
  if (fake === undefined) return undefined
  if (processEnvironment()['NODE_ENV'] === 'production')
    throw new Error('fakeAuth() is for tests, and NODE_ENV is production')
  const { claims, thumbprint } = fake
  const verified = verifiedAccessToken(freezeJson({ alg: 'none' }), freezeJson(claims), DEFAULT_SHAPE)
  const scheme = thumbprint === undefined ? 'Bearer' : 'DPoP'
  return new TokenAuthContext(verified, { scheme, token: 'fake', thumbprint, tenant, onBehalfOf })
}
