import type { AuthContext } from '../outcome/auth-context.js'
import { refusal } from '../outcome/errors.js'
import type { AuthError, AuthErrorReason } from '../outcome/errors.js'
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
  if (wanted.anyToken) return undefined
  const { scheme, scopes, permissions, roles } = auth
  if (wanted.dpopRequired && scheme !== 'DPoP') return refusal('dpop_required', 'required by this route', { scheme })
  const forbidden = (reason: AuthErrorReason, detail: string | undefined): AuthError | undefined =>
    detail === undefined ? undefined : refusal(reason, detail, { scheme, parameters: scopeParameter(wanted) })
  return (
    unmetLogin(auth, wanted, now, clockTolerance) ??
    forbidden('scope_missing', lacking(scopes, wanted.scopes, wanted.anyScope)) ??
    forbidden('permission_missing', lacking(permissions, wanted.permissions, wanted.anyPermission)) ??
    // Roles may hold spaces.
    forbidden('role_missing', lacking(roles, wanted.roles, wanted.anyRole, quote)) ??
    forbidden('claim_missing', unmetClaim(auth, wanted)) ??
    forbidden('client_required', unmetClient(auth, wanted))
  )
}

/** What is lacking of names that must all be granted, or of names of which one must be; undefined when nothing is. */
function lacking(
  granted: readonly string[],
  all: readonly string[],
  any: readonly string[],
  show: (name: string) => string = String,
): string | undefined {
  if (all.length === 0 && any.length === 0) return undefined
  const missing = all.filter((name) => !granted.includes(name))
  if (missing.length > 0) return `lacks ${missing.map(show).join(' ')}`
  if (any.length === 0 || any.some((name) => granted.includes(name))) return undefined
  return `lacks every one of ${any.map(show).join(' ')}`
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

/** Without the value, which may be personal. */
function unmetClaim(auth: AuthContext, wanted: Requirements): string | undefined {
  const name = wanted.claims.find(([claim, value]) => !claimHolds(auth, claim, value))?.[0]
  if (name === undefined) return undefined
  return Object.hasOwn(auth.claims, name) ? `claim ${name} does not meet the requirement` : `claim ${name} is missing`
}

/** The absence of a mark proves nothing, so the token is refused. */
function unmetClient({ clientCredentials }: AuthContext, wanted: Requirements): string | undefined {
  if (!wanted.clientCredentials || clientCredentials === true) return undefined
  return "the token does not carry its issuer's mark of machines"
}

function claimHolds(auth: AuthContext, name: string, wanted: ClaimRequirement): boolean {
  const value = Object.hasOwn(auth.claims, name) ? auth.claims[name] : undefined
  if (typeof wanted === 'function') return saysTrue(wanted(value, auth.claims))
  const values: readonly unknown[] = Array.isArray(value) ? value : [value]
  if (typeof wanted === 'object' && wanted !== null && 'all' in wanted) {
    return wanted.all.every((one) => values.includes(one))
  }
  const allowed: readonly unknown[] = typeof wanted === 'object' && wanted !== null ? wanted : [wanted]
  return values.some((one) => allowed.includes(one))
}

/** RFC 6750 §3: `scope` names the scopes that are needed, all of them. */
function scopeParameter(wanted: Requirements): Readonly<Record<string, string>> {
  const scopes = [...new Set([...wanted.scopes, ...wanted.anyScope])]
  return scopes.length === 0 ? {} : { scope: scopes.join(' ') }
}
