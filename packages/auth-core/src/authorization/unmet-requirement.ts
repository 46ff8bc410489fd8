import type { AuthContext } from '../outcome/auth-context.js'
import { refusal } from '../outcome/errors.js'
import type { AuthError } from '../outcome/errors.js'
import { saysTrue } from '../util/maybe-promise.js'
import { quote, stated } from '../util/quote.js'
import type { ClaimRequirement, Requirements } from './requirements.js'

/**
 * The first requirement of a route that an accepted token does not meet, as the refusal for it; undefined when it meets them
 * all. Pure, but for the predicates of the application, whose errors go through.
 *
 * @param now - seconds since the epoch
 * @param clockTolerance - seconds by which clocks may differ
 * @returns `dpop_required`, `login_insufficient`, `scope_missing`, `permission_missing`, `role_missing`, `claim_missing`,
 * `client_required`
 */
export function unmetRequirement(
  auth: AuthContext,
  wanted: Requirements,
  now: number,
  clockTolerance: number,
): AuthError | undefined {
  const { scheme } = auth
  if (wanted.dpopRequired && scheme !== 'DPoP') return refusal('dpop_required', 'required by this route', { scheme })
  return (
    unmetLogin(auth, wanted, now, clockTolerance) ??
    unmetScopes(auth, wanted) ??
    unmetPermissions(auth, wanted) ??
    unmetRoles(auth, wanted) ??
    unmetClaims(auth, wanted)
  )
}

/** RFC 9470 §3. */
function unmetLogin(
  auth: AuthContext,
  wanted: Requirements,
  now: number,
  clockTolerance: number,
): AuthError | undefined {
  if (wanted.acr.length === 0 && wanted.maxAge === undefined) return undefined
  const { acr, auth_time: authTime } = auth.claims
  const acrHolds = wanted.acr.length === 0 || (typeof acr === 'string' && wanted.acr.includes(acr))
  const ageHolds =
    wanted.maxAge === undefined || (typeof authTime === 'number' && authTime + wanted.maxAge + clockTolerance >= now)
  if (acrHolds && ageHolds) return undefined
  const detail = acrHolds
    ? loginAge(authTime, now, `at most ${wanted.maxAge} s, tolerance ${clockTolerance} s`)
    : `${stated('acr', acr)}, wanted is ${wanted.acr.map(quote).join(' ')}`
  return refusal('login_insufficient', detail, {
    scheme: auth.scheme,
    parameters: {
      ...(wanted.acr.length > 0 && { acr_values: wanted.acr.join(' ') }),
      ...(wanted.maxAge !== undefined && { max_age: String(wanted.maxAge) }),
    },
  })
}

function loginAge(authTime: unknown, now: number, wanted: string): string {
  if (typeof authTime !== 'number') return `${stated('auth_time', authTime)}, want seconds since the epoch`
  return `auth_time is ${Math.round(now - authTime)} s ago; ${wanted}`
}

function unmetScopes(auth: AuthContext, wanted: Requirements): AuthError | undefined {
  if (wanted.scopes.length === 0 && wanted.anyScope.length === 0) return undefined
  const missing = wanted.scopes.filter((scope) => !auth.scopes.includes(scope))
  const anyHolds = wanted.anyScope.length === 0 || wanted.anyScope.some((scope) => auth.scopes.includes(scope))
  if (missing.length === 0 && anyHolds) return undefined
  const detail = missing.length > 0 ? `lacks ${missing.join(' ')}` : `lacks every one of ${wanted.anyScope.join(' ')}`
  return refusal('scope_missing', detail, { scheme: auth.scheme, parameters: scopeParameter(wanted) })
}

function unmetPermissions(auth: AuthContext, wanted: Requirements): AuthError | undefined {
  const { permissions, anyPermission } = wanted
  if (permissions.length === 0 && anyPermission.length === 0) return undefined
  const missing = permissions.filter((permission) => !auth.permissions.includes(permission))
  const anyHolds = anyPermission.length === 0 || anyPermission.some((one) => auth.permissions.includes(one))
  if (missing.length === 0 && anyHolds) return undefined
  const detail = missing.length > 0 ? `lacks ${missing.join(' ')}` : `lacks every one of ${anyPermission.join(' ')}`
  return refusal('permission_missing', detail, { scheme: auth.scheme, parameters: scopeParameter(wanted) })
}

function unmetRoles(auth: AuthContext, wanted: Requirements): AuthError | undefined {
  const { roles, anyRole } = wanted
  if (roles.length === 0 && anyRole.length === 0) return undefined
  const missing = roles.filter((role) => !auth.roles.includes(role))
  const anyHolds = anyRole.length === 0 || anyRole.some((role) => auth.roles.includes(role))
  if (missing.length === 0 && anyHolds) return undefined
  const detail = missing.length > 0 ? `lacks ${quoted(missing)}` : `lacks every one of ${quoted(anyRole)}`
  return refusal('role_missing', detail, { scheme: auth.scheme, parameters: scopeParameter(wanted) })
}

/** A role may hold spaces. */
function quoted(roles: readonly string[]): string {
  return roles.map(quote).join(' ')
}

function unmetClaims(auth: AuthContext, wanted: Requirements): AuthError | undefined {
  if (wanted.claims.length === 0 && !wanted.clientCredentials) return undefined
  const options = { scheme: auth.scheme, parameters: scopeParameter(wanted) }
  const missing = wanted.claims.find(([name, value]) => !claimHolds(auth, name, value))
  if (missing !== undefined) return refusal('claim_missing', unmet(auth, missing[0]), options)
  // The absence of a mark proves nothing, so the token is refused.
  if (wanted.clientCredentials && auth.clientCredentials !== true) {
    return refusal('client_required', "the token does not carry its issuer's mark of machines", options)
  }
  return undefined
}

/** Without the value, which may be personal. */
function unmet({ claims }: AuthContext, name: string): string {
  return Object.hasOwn(claims, name) ? `claim ${name} does not meet the requirement` : `claim ${name} is missing`
}

function claimHolds(auth: AuthContext, name: string, wanted: ClaimRequirement): boolean {
  const value = Object.hasOwn(auth.claims, name) ? auth.claims[name] : undefined
  if (typeof wanted === 'function') return saysTrue(wanted(value, auth.claims))
  const allowed: readonly unknown[] = typeof wanted === 'object' ? wanted : [wanted]
  return Array.isArray(value) ? value.some((one) => allowed.includes(one)) : allowed.includes(value)
}

/** RFC 6750 §3: `scope` names the scopes that are needed, all of them. */
function scopeParameter(wanted: Requirements): Readonly<Record<string, string>> {
  const scopes = [...new Set([...wanted.scopes, ...wanted.anyScope])]
  return scopes.length === 0 ? {} : { scope: scopes.join(' ') }
}
