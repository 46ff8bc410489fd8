import type { JsonObject } from '../crypto/compact-jws.js'
import type { TrustedIssuer } from '../issuer/issuer-options.js'
import { isPlainObject } from '../util/json.js'
import { quote, stated } from '../util/quote.js'
import { invalid } from './claims.js'
import type { AccessTokenClaims } from './claims.js'

/** The claims of an active token, as they are held against the policy, and as handlers get them. */
interface IntrospectedClaims {
  readonly checked: JsonObject
  readonly handedOut: AccessTokenClaims
}

/**
 * Checks what only an introspection answer has, or may leave out where a JWT may not (RFC 7662 §2.2): `iss`, `aud` and
 * `token_type`. The rest is checked as the claims of a JWT are.
 *
 * @param mayLackAudience - whether the issuer answers about tokens for this API only
 * @throws {AuthError} `token_invalid`
 */
export function introspectedClaims(
  answer: JsonObject,
  { issuer, audience, audienceFrom }: TrustedIssuer,
  mayLackAudience: boolean,
): IntrospectedClaims {
  const { iss = issuer, aud, token_type: type } = answer
  if (iss !== issuer) throw invalid(`${stated('iss', iss)}, the token was asked about at ${quote(issuer)}`)
  requireTokenType(type, answer)
  const claims: JsonObject = { ...answer, iss }
  const handedOut = claims as AccessTokenClaims // once `checked` has passed, which differs by `aud` alone
  if (aud !== undefined || !mayLackAudience || audienceFrom !== undefined) return { checked: claims, handedOut }
  // RFC 7662 §2.2: such endpoints answer about refresh tokens too, which have no type, and often no audience.
  if (type === undefined) throw invalid('aud is missing, and so is token_type')
  return { checked: { ...claims, aud: audience }, handedOut }
}

/**
 * RFC 9449 §6.2: the type of a token with `cnf.jkt` is DPoP. Any other is Bearer (RFC 6750), bound to a certificate or not
 * (RFC 8705 §3). The binding then decides on the scheme. Types have no case (RFC 6749 §5.1).
 */
function requireTokenType(type: unknown, { cnf }: JsonObject): void {
  if (type === undefined) return
  const wanted = isPlainObject(cnf) && cnf['jkt'] !== undefined ? 'DPoP' : 'Bearer'
  if (typeof type === 'string' && type.toLowerCase() === wanted.toLowerCase()) return
  throw invalid(`${stated('token_type', type)}, want ${wanted}`)
}
