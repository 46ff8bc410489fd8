import type { Algorithm } from '../crypto/algorithms.js'
import { refusal } from '../outcome/errors.js'
import { stated } from '../util/quote.js'

/** Which access tokens are accepted: all JWTs that can be one, or those of RFC 9068. */
export type TokenProfile = 'any' | 'rfc9068'

const TYPES: Readonly<Record<TokenProfile, readonly (string | undefined)[]>> = {
  // RFC 9068 §4: only these two.
  rfc9068: ['at+jwt', 'application/at+jwt'],
  // Auth0's own profile says JWT, and RFC 7519 §5.1 makes it optional.
  any: ['at+jwt', 'application/at+jwt', 'jwt', undefined],
}

/** Any other kind of JWT, such as a logout token or a proof, is not an access token (RFC 8725 §3.11). */
export function requireType(typ: unknown, profile: TokenProfile): void {
  // RFC 7515 §4.1.9: a media type, compared without regard to case.
  const type = typeof typ === 'string' ? typ.toLowerCase() : typ
  const accepted: readonly unknown[] = TYPES[profile]
  if (!accepted.includes(type))
    throw refusal('token_invalid', `${stated('typ', typ)}, accepted is ${names(TYPES[profile])}`)
}

function names(types: readonly (string | undefined)[]): string {
  return types.map((type) => type ?? 'none').join(' ')
}

/** RFC 8725 §3.1: the issuer's settings decide which algorithms there are, never the token. */
export function requireAlgorithm(alg: unknown, accepted: readonly Algorithm[]): Algorithm {
  const algorithm = accepted.find((one) => one === alg)
  if (algorithm === undefined)
    throw refusal('token_invalid', `${stated('alg', alg)}, accepted is ${accepted.join(' ')}`)
  return algorithm
}

export function keyIdentifier(kid: unknown): string | undefined {
  if (kid !== undefined && typeof kid !== 'string') throw refusal('token_invalid', 'kid is not a string')
  return kid
}
