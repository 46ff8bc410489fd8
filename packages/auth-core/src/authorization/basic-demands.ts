import type { AuthContext } from '../outcome/auth-context.js'
import type { AuthErrorReason } from '../outcome/errors.js'
import { readClaim } from '../access-token/claim-mapping.js'
import { asFault } from '../outcome/fault.js'
import { isVerdict, saysTrue } from '../util/maybe-promise.js'
import { quote, stated } from '../util/quote.js'
import { MET } from './demand.js'
import type { Demand, Judging, Unmet } from './demand.js'
import type { ClaimRequirement, ClaimValue, Requirements } from './requirement-types.js'

/** What the usual requirements demand. */
export function basicDemands(wanted: Omit<Requirements, 'anyToken'>): readonly Demand[] {
  const { scopes, anyScope, permissions, anyPermission, roles, anyRole, clientCredentials } = wanted
  return [
    ...loginDemands(wanted),
    ...wordDemands([scopes, anyScope], {
      reason: 'scope_missing',
      granted: (auth, { grantedScopes }) => grantedScopes(auth.scopes),
      mend: { scopes: [...scopes, ...anyScope] },
    }),
    ...wordDemands([permissions, anyPermission], {
      reason: 'permission_missing',
      granted: (auth) => auth.permissions,
    }),
    // Roles may hold spaces.
    ...wordDemands([roles, anyRole], { reason: 'role_missing', granted: (auth) => auth.roles, show: quote }),
    ...(clientCredentials ? [{ unmet: unmetClient }] : []),
  ]
}

interface Words extends Pick<Unmet, 'mend'> {
  readonly reason: AuthErrorReason
  readonly granted: (auth: AuthContext, judging: Judging) => readonly string[]
  readonly show?: (name: string) => string
}

type AllAndAny = readonly [all: readonly string[], any: readonly string[]]

function wordDemands([all, any]: AllAndAny, { granted, show = String, ...refusal }: Words): readonly Demand[] {
  if (all.length === 0 && any.length === 0) return []
  return [
    {
      unmet(auth, judging) {
        const detail = lacking(granted(auth, judging), all, any, show)
        return detail === undefined ? MET : [{ ...refusal, detail }]
      },
    },
  ]
}

/** What is lacking of names that must all be granted, or of names of which one must be; undefined when nothing is. */
function lacking(
  granted: readonly string[],
  all: readonly string[],
  any: readonly string[],
  show: (name: string) => string,
): string | undefined {
  const missing = all.filter((name) => !granted.includes(name))
  if (missing.length > 0) return `lacks ${missing.map(show).join(' ')}`
  if (any.length === 0 || any.some((name) => granted.includes(name))) return undefined
  return `lacks every one of ${any.map(show).join(' ')}`
}

/** RFC 9470 §3. */
function loginDemands({ acr: wanted, maxAge }: Pick<Requirements, 'acr' | 'maxAge'>): readonly Demand[] {
  if (wanted.length === 0 && maxAge === undefined) return []
  const unmet = (auth: AuthContext, { now, clockTolerance }: Judging): readonly Unmet[] => {
    const { acr, auth_time: authTime } = auth.claims
    const acrHolds = wanted.length === 0 || (typeof acr === 'string' && wanted.includes(acr))
    const ageHolds = maxAge === undefined || (typeof authTime === 'number' && authTime + maxAge + clockTolerance >= now)
    if (acrHolds && ageHolds) return MET
    const detail = acrHolds
      ? loginAge(authTime, now, `at most ${maxAge} s, tolerance ${clockTolerance} s`)
      : `${stated('acr', acr)}, wanted is ${wanted.map(quote).join(' ')}`
    return [{ reason: 'login_insufficient', detail, mend: { acr: wanted, maxAge } }]
  }
  return [{ unmet }]
}

function loginAge(authTime: unknown, now: number, wanted: string): string {
  if (typeof authTime !== 'number') return `${stated('auth_time', authTime)}, want seconds since the epoch`
  return `auth_time is ${Math.round(now - authTime)} s ago; ${wanted}`
}

/** The absence of a mark proves nothing, so the token is refused. */
function unmetClient({ clientCredentials }: AuthContext): readonly Unmet[] {
  if (clientCredentials === true) return MET
  return [{ reason: 'client_required', detail: "the token does not carry its issuer's mark of machines" }]
}

/** Without the value, which may be personal. */
function unmetClaim(name: string, value: unknown): Unmet {
  const detail = value === undefined ? `claim ${name} is missing` : `claim ${name} does not meet the requirement`
  return { reason: 'claim_missing', detail }
}

/** The demand of a claim. */
export function claimDemand(path: readonly string[], wanted: ClaimTest): Demand {
  const name = path.join('.')
  return { unmet: ({ claims }) => unmetOf(name, readClaim(claims, path), wanted, claims) }
}

export type ClaimTest = Exclude<ClaimRequirement, { readonly '~standard': unknown }>

function unmetOf(name: string, value: unknown, wanted: ClaimTest, claims: AuthContext['claims']): readonly Unmet[] {
  if (typeof wanted !== 'function') return claimHolds(value, wanted) ? MET : [unmetClaim(name, value)]
  const answer = callApplication(() => wanted(value, claims))
  return saysTrue(answer) ? MET : [{ ...unmetClaim(name, value), unknown: !isVerdict(answer) }]
}

/** Calls a function of the application. An error of ours that it throws is not the caller's: it may be of another request. */
export function callApplication<Answer>(call: () => Answer): Answer {
  try {
    return call()
  } catch (cause) {
    throw asFault(cause)
  }
}

/** Whether a value is as wanted. */
function claimHolds(value: unknown, wanted: Exclude<ClaimTest, (...args: never) => unknown>): boolean {
  const values: readonly unknown[] = Array.isArray(value) ? value : [value]
  if (isAll(wanted)) return wanted.all.every((one) => values.includes(one))
  const allowed: readonly unknown[] = typeof wanted === 'object' && wanted !== null ? wanted : [wanted]
  return values.some((one) => allowed.includes(one))
}

function isAll(wanted: ClaimTest): wanted is { readonly all: readonly ClaimValue[] } {
  return typeof wanted === 'object' && wanted !== null && 'all' in wanted
}
