import type { AuthContext } from './auth-context.js'
import { refusal } from './errors.js'
import { configurationError, isPlainObject, rejectUndefined, rejectUnknownNames, seconds } from './settings.js'

/** One value, a list of which any will do, or a predicate. */
export type ClaimRequirement =
  | string
  | number
  | boolean
  | readonly (string | number | boolean)[]
  | ((value: unknown, claims: AuthContext['claims']) => boolean)

/**
 * What a route demands of an access token. All that is given must hold; an empty object means any valid token. A name
 * that is there with the value undefined is refused: it would demand nothing.
 */
export interface RequirementOptions {
  /** Scopes that must all be granted: a list, or one string separated by spaces. */
  readonly scopes?: string | readonly string[]
  /** Scopes of which at least one must be granted. */
  readonly anyScope?: string | readonly string[]
  /** Permissions (the `permissions` claim) that must all be present. */
  readonly permissions?: string | readonly string[]
  /** Permissions of which at least one must be present. */
  readonly anyPermission?: string | readonly string[]
  /** Claims by name. A claim that is a list satisfies a value when it contains it. */
  readonly claims?: Readonly<Record<string, ClaimRequirement>>
  /** Authentication context classes (`acr`) of which one must hold. RFC 9470 §3. */
  readonly acr?: string | readonly string[]
  /** The greatest age of the login (`auth_time`), in seconds. RFC 9470 §3. */
  readonly maxAge?: number
  /** `'required'`: the token must be DPoP-bound, whatever the mode of the resource server. */
  readonly dpop?: 'required'
  /** Only tokens that a client got for itself (`gty` is `client-credentials`, as Auth0 issues them). */
  readonly clientCredentials?: boolean
}

/** Arguments of `requireAuth`: scopes as one string, several arguments or a list, or an object. */
export type RequirementArguments = readonly string[] | readonly [readonly string[]] | readonly [RequirementOptions]

/** Resolved requirements. Made by {@link requirements} and {@link optional} only. */
export interface Requirements {
  readonly scopes: readonly string[]
  readonly anyScope: readonly string[]
  readonly permissions: readonly string[]
  readonly anyPermission: readonly string[]
  readonly claims: readonly (readonly [string, ClaimRequirement])[]
  readonly acr: readonly string[]
  readonly maxAge: number | undefined
  readonly dpopRequired: boolean
  readonly clientCredentials: boolean
  /** Whether a request without credentials passes, without an auth context. */
  readonly optional: boolean
}

const NAMES = [
  'scopes',
  'anyScope',
  'permissions',
  'anyPermission',
  'claims',
  'acr',
  'maxAge',
  'dpop',
  'clientCredentials',
]

/**
 * Resolves the arguments of a guard, once, when it is created.
 *
 * @throws {TypeError} when a value is not of its form: nothing is dropped silently.
 */
export function requirements(...args: RequirementArguments): Requirements {
  const options = requirementOptions(args)
  rejectUnknownNames('requireAuth', options, NAMES)
  rejectUndefined('', options)
  return Object.freeze({
    scopes: words('scopes', options['scopes']),
    anyScope: words('anyScope', options['anyScope']),
    permissions: words('permissions', options['permissions']),
    anyPermission: words('anyPermission', options['anyPermission']),
    claims: claimRequirements(options['claims']),
    acr: words('acr', options['acr']),
    maxAge: options['maxAge'] === undefined ? undefined : seconds('maxAge', options['maxAge'], 0),
    dpopRequired: oneOf('dpop', options['dpop'], ['required']) === 'required',
    clientCredentials: oneOf('clientCredentials', options['clientCredentials'], [true, false]) === true,
    optional: false,
  })
}

/** Lets a request without credentials pass; bad credentials are refused all the same. */
export function optional(): Requirements {
  return Object.freeze({ ...requirements(), optional: true })
}

function requirementOptions(args: RequirementArguments): Readonly<Record<string, unknown>> {
  const [first] = args
  if (args.length === 0) return {}
  if (args.length === 1 && Array.isArray(first)) return { scopes: first }
  if (args.length === 1 && isPlainObject(first)) return first
  // A list or an object among several arguments fails in words(): nothing is dropped.
  const list: readonly unknown[] = args
  return { scopes: list.flatMap((one): readonly unknown[] => (typeof one === 'string' ? words('scopes', one) : [one])) }
}

// RFC 6749 §3.3 scope-token; it also keeps the value inside the quotes of a challenge.
const WORD = /^[\x21\x23-\x5B\x5D-\x7E]+$/

function words(name: string, value: unknown): readonly string[] {
  if (value === undefined) return []
  const list: unknown = typeof value === 'string' ? value.split(' ').filter((word) => word !== '') : value
  const valid =
    Array.isArray(list) && list.length > 0 && list.every((word) => typeof word === 'string' && WORD.test(word))
  if (!valid) throw configurationError(name, value, "words such as 'read:messages', as a string or a list")
  return Object.freeze([...new Set<string>(list)])
}

function claimRequirements(value: unknown): Requirements['claims'] {
  if (value === undefined) return []
  if (!isPlainObject(value) || Object.keys(value).length === 0) {
    throw configurationError('claims', value, "an object such as { org_id: 'org_1' }")
  }
  return Object.freeze(Object.entries(value).map(([name, wanted]) => [name, claimRequirement(name, wanted)] as const))
}

function claimRequirement(name: string, wanted: unknown): ClaimRequirement {
  const isValue = (value: unknown): boolean => ['string', 'number', 'boolean'].includes(typeof value)
  const valid = Array.isArray(wanted)
    ? wanted.length > 0 && wanted.every(isValue)
    : isValue(wanted) || typeof wanted === 'function'
  if (!valid) throw configurationError(`claims.${name}`, wanted, 'a value, a list of values or a function')
  return wanted as ClaimRequirement // just checked
}

function oneOf(name: string, value: unknown, allowed: readonly unknown[]): unknown {
  if (value === undefined || allowed.includes(value)) return value
  throw configurationError(name, value, allowed.map((one) => JSON.stringify(one)).join(' or '))
}

/**
 * Holds an accepted token against the requirements of a route. Pure.
 *
 * @param now - seconds since the epoch
 * @param clockTolerance - seconds by which clocks may differ
 * @throws {AuthError} `dpop_required`, `login_insufficient`, `scope_missing`, `permission_missing`, `claim_missing`,
 * `client_required`
 */
export function checkRequirements(auth: AuthContext, wanted: Requirements, now: number, clockTolerance: number): void {
  const { scheme } = auth
  if (wanted.dpopRequired && scheme !== 'DPoP') throw refusal('dpop_required', 'required by this route', { scheme })
  if (wanted.acr.length > 0 || wanted.maxAge !== undefined) checkLogin(auth, wanted, now, clockTolerance)
  if (wanted.scopes.length > 0 || wanted.anyScope.length > 0) checkScopes(auth, wanted)
  if (wanted.permissions.length > 0 || wanted.anyPermission.length > 0) checkPermissions(auth, wanted)
  if (wanted.claims.length > 0 || wanted.clientCredentials) checkClaims(auth, wanted)
}

/** RFC 9470 §3. */
function checkLogin(auth: AuthContext, wanted: Requirements, now: number, clockTolerance: number): void {
  const { acr, auth_time: authTime } = auth.claims
  const acrHolds = wanted.acr.length === 0 || (typeof acr === 'string' && wanted.acr.includes(acr))
  const ageHolds =
    wanted.maxAge === undefined || (typeof authTime === 'number' && authTime + wanted.maxAge + clockTolerance >= now)
  if (acrHolds && ageHolds) return
  throw refusal('login_insufficient', acrHolds ? 'the login is too old' : 'acr is not one of those required', {
    scheme: auth.scheme,
    parameters: {
      ...(wanted.acr.length > 0 && { acr_values: wanted.acr.join(' ') }),
      ...(wanted.maxAge !== undefined && { max_age: String(wanted.maxAge) }),
    },
  })
}

function checkScopes(auth: AuthContext, wanted: Requirements): void {
  const missing = wanted.scopes.filter((scope) => !auth.scopes.includes(scope))
  const anyHolds = wanted.anyScope.length === 0 || wanted.anyScope.some((scope) => auth.scopes.includes(scope))
  if (missing.length === 0 && anyHolds) return
  const detail = missing.length > 0 ? `lacks ${missing.join(' ')}` : `lacks every one of ${wanted.anyScope.join(' ')}`
  throw refusal('scope_missing', detail, { scheme: auth.scheme, parameters: scopeParameter(wanted) })
}

function checkPermissions(auth: AuthContext, wanted: Requirements): void {
  const missing = wanted.permissions.filter((permission) => !auth.permissions.includes(permission))
  const { anyPermission } = wanted
  const anyHolds = anyPermission.length === 0 || anyPermission.some((one) => auth.permissions.includes(one))
  if (missing.length === 0 && anyHolds) return
  const detail = missing.length > 0 ? `lacks ${missing.join(' ')}` : `lacks every one of ${anyPermission.join(' ')}`
  throw refusal('permission_missing', detail, { scheme: auth.scheme, parameters: scopeParameter(wanted) })
}

function checkClaims(auth: AuthContext, wanted: Requirements): void {
  const options = { scheme: auth.scheme, parameters: scopeParameter(wanted) }
  const missing = wanted.claims.find(([name, value]) => !claimHolds(auth, name, value))
  if (missing !== undefined) throw refusal('claim_missing', `claim ${missing[0]}`, options)
  // `gty` is how Auth0 marks the grant; its absence proves nothing, so the token is refused.
  if (wanted.clientCredentials && auth.claims['gty'] !== 'client-credentials') {
    throw refusal('client_required', 'gty is not client-credentials', options)
  }
}

function claimHolds(auth: AuthContext, name: string, wanted: ClaimRequirement): boolean {
  const value = Object.hasOwn(auth.claims, name) ? auth.claims[name] : undefined
  // Only `true` passes: a promise or any other truthy value is a mistake that must not open the door.
  if (typeof wanted === 'function') return wanted(value, auth.claims) === true
  const allowed: readonly unknown[] = typeof wanted === 'object' ? wanted : [wanted]
  return Array.isArray(value) ? value.some((one) => allowed.includes(one)) : allowed.includes(value)
}

/** RFC 6750 §3: `scope` names the scopes that are needed, all of them. */
function scopeParameter(wanted: Requirements): Readonly<Record<string, string>> {
  const scopes = [...new Set([...wanted.scopes, ...wanted.anyScope])]
  return scopes.length === 0 ? {} : { scope: scopes.join(' ') }
}
