import { createLocalJWKSet, createRemoteJWKSet, decodeJwt, errors as jose, jwtVerify } from 'jose'
import type { JWK, JWTPayload } from 'jose'
import { errors } from 'oidc-provider'
import type { SigningKeys } from './signing-keys.js'

/** An issuer whose assertions the tenant takes as grants (RFC 7523). */
export interface TrustedIssuer {
  /** `iss` of its assertions. */
  issuer: string
  jwksUri: string
}

const ALGORITHMS = ['RS256', 'PS256', 'ES256', 'EdDSA', 'Ed25519']

/**
 * The claims of an access token of the tenant's own, for an exchange.
 *
 * @throws InvalidRequest for anything else (RFC 8693 §2.2.2)
 */
export async function ownTokenClaims(issuer: string, keys: SigningKeys, token: string): Promise<JWTPayload> {
  const known = createLocalJWKSet({ keys: keys.map(publicKey) })
  const options = { issuer, requiredClaims: ['sub', 'azp', 'exp'] }
  const { payload } = await jwtVerify(token, known, options).catch((error: unknown): never => {
    throw isRefusal(error) ? new errors.InvalidRequest('the token is not good') : error
  })
  return payload
}

/**
 * The claims of an assertion of a trusted issuer, such as an ID-JAG.
 *
 * @throws InvalidGrant for anything else (RFC 7523 §3.1)
 */
export async function assertionClaims(
  audience: string,
  trusted: readonly TrustedIssuer[],
  assertion: string,
): Promise<JWTPayload> {
  try {
    const source = trusted.find(({ issuer }) => issuer === decodeJwt(assertion).iss)
    if (source === undefined) throw new jose.JWTInvalid('its issuer is not trusted')
    const options = { issuer: source.issuer, audience, requiredClaims: ['sub', 'exp', 'jti'], algorithms: ALGORITHMS }
    const keys = createRemoteJWKSet(new URL(source.jwksUri))
    const { payload, protectedHeader } = await jwtVerify(assertion, keys, options)
    // RFC 9068 §4: an access token is for an API, and nothing that a client may send here.
    if (protectedHeader.typ === 'at+jwt') throw new jose.JWTInvalid('it is an access token')
    return payload
  } catch (error) {
    throw isRefusal(error) ? new errors.InvalidGrant('the assertion is not good') : error
  }
}

function publicKey({ kty = 'RSA', n = '', e = '', kid = '' }: JWK): JWK {
  return { kty, n, e, kid }
}

// An issuer that does not answer says nothing about its assertion: that stays an error.
function isRefusal(error: unknown): boolean {
  return error instanceof jose.JOSEError && !(error instanceof jose.JWKSTimeout) && error.code !== 'ERR_JOSE_GENERIC'
}
