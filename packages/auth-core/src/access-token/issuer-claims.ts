import type { TrustedIssuer } from '../issuer/issuer-options.js'
import { tenantOf } from '../issuer/tenants.js'
import { quote, stated } from '../util/quote.js'
import { isMarked, pathText, readClaim } from './claim-mapping.js'
import { invalid, list } from './claims.js'
import type { AccessTokenClaims, ClaimsPolicy } from './claims.js'

/**
 * What the options of an issuer demand of the claims beside the registered ones.
 *
 * @throws {AuthError} `token_invalid`
 */
export function requireIssuerClaims(claims: AccessTokenClaims, issuer: ClaimsPolicy['issuer']): void {
  requireMark(claims, issuer)
  if (claims.aud === undefined && issuer.audienceFrom !== undefined) requireStandIn(claims, issuer.audienceFrom)
  if (issuer.tenants !== undefined) requireTenant(claims, issuer.tenants)
}

/** RFC 8725 §3.11: the issuer marks its access tokens. */
function requireMark(claims: AccessTokenClaims, { shape }: ClaimsPolicy['issuer']): void {
  if (shape.accessToken.length === 0 || isMarked(claims, shape.accessToken)) return
  const seen = shape.accessToken.map(({ path }) => stated(pathText(path), readClaim(claims, path)))
  throw invalid(`not marked as an access token of its issuer: ${seen.join(', ')}`)
}

/** For an issuer whose access tokens have no audience. */
function requireStandIn(
  claims: AccessTokenClaims,
  { path, accepted }: NonNullable<TrustedIssuer['audienceFrom']>,
): void {
  const value = readClaim(claims, path)
  if (typeof value === 'string' && accepted.includes(value)) return
  throw invalid(`aud is missing, and ${stated(pathText(path), value)}, accepted is ${list(accepted)}`)
}

/** The tenant must be one of the template's; Entra ID names it twice, and both must agree. */
function requireTenant({ iss, tid }: AccessTokenClaims, tenants: NonNullable<TrustedIssuer['tenants']>): void {
  const tenant = tenantOf(iss, tenants)
  if (tenant === undefined) throw invalid(`${stated('iss', iss)}, which names no accepted tenant`)
  if (tid !== undefined && tid !== tenant) throw invalid(`${stated('tid', tid)}, iss names ${quote(tenant)}`)
}
