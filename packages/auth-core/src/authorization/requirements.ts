import type { AuthContext } from '../outcome/auth-context.js'
import { configurationError, rejectUndefined, rejectUnknownNames } from '../options/option-checks.js'
import { seconds } from '../options/read-options.js'
import { isPlainObject } from '../util/json.js'

/** A value of a claim. `null` is one, and not the same as no claim. */
export type ClaimValue = string | number | boolean | null

/** One value, a list of which any will do, `{ all }` of which none may be missing, or a predicate. */
export type ClaimRequirement =
  | ClaimValue
  | readonly ClaimValue[]
  | { readonly all: readonly ClaimValue[] }
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
  /** Permissions (the `permissions` claim, unless the issuer says otherwise) that must all be present. */
  readonly permissions?: string | readonly string[]
  /** Permissions of which at least one must be present. */
  readonly anyPermission?: string | readonly string[]
  /** Roles that must all be given: a list, or one string separated by spaces. */
  readonly roles?: string | readonly string[]
  /** Roles of which at least one must be given. */
  readonly anyRole?: string | readonly string[]
  /** Claims by name. A claim that is a list satisfies a value when it contains it. */
  readonly claims?: Readonly<Record<string, ClaimRequirement>>
  /** Authentication context classes (`acr`) of which one must hold. RFC 9470 §3. */
  readonly acr?: string | readonly string[]
  /** The greatest age of the login (`auth_time`), in seconds. RFC 9470 §3. */
  readonly maxAge?: number
  /** `'required'`: the token must be DPoP-bound, whatever the mode of the resource server. */
  readonly dpop?: 'required'
  /** Only tokens that a client got for itself, by the issuer's `machine` mark; Auth0's `gty` by default. */
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
  readonly roles: readonly string[]
  readonly anyRole: readonly string[]
  readonly claims: readonly (readonly [string, ClaimRequirement])[]
  readonly acr: readonly string[]
  readonly maxAge: number | undefined
  readonly dpopRequired: boolean
  readonly clientCredentials: boolean
  /** Whether any accepted token will do: nothing else is demanded. */
  readonly anyToken: boolean
  /** Whether a request without credentials passes, without an auth context. */
  readonly optional: boolean
}

const NAMES = [
  'scopes',
  'anyScope',
  'permissions',
  'anyPermission',
  'roles',
  'anyRole',
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
 * @example
 * ```ts
 * import { requirements } from '@acme/auth-core'
 *
 * const wanted = requirements({ scopes: 'read:messages', roles: 'editor', maxAge: 300 })
 * console.log(wanted.scopes) // ['read:messages']
 * ```
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
    roles: words('roles', options['roles'], ROLE),
    anyRole: words('anyRole', options['anyRole'], ROLE),
    claims: claimRequirements(options['claims']),
    acr: words('acr', options['acr'], ACR),
    maxAge: options['maxAge'] === undefined ? undefined : seconds(0)(options['maxAge'], 'maxAge'),
    dpopRequired: oneOf('dpop', options['dpop'], ['required']) === 'required',
    clientCredentials: oneOf('clientCredentials', options['clientCredentials'], [true, false]) === true,
    anyToken: Object.values(options).every((value) => value === false),
    optional: false,
  })
}

/**
 * Lets a request without credentials pass; bad credentials are refused all the same.
 * @example
 * ```ts
 * import { optional } from '@acme/auth-core'
 *
 * const wanted = optional()
 * console.log(wanted.optional) // true
 * ```
 */
export function optional(): Requirements {
  return Object.freeze({ ...requirements(), optional: true })
}

function requirementOptions(args: RequirementArguments): Readonly<Record<string, unknown>> {
  const [first] = args
  if (args.length === 0) return {}
  if (args.some(isRequest)) throw new TypeError(NOT_CALLED)
  if (args.length === 1 && Array.isArray(first)) return { scopes: first }
  if (args.length === 1 && isPlainObject(first)) return first
  // A list or an object among several arguments fails in words(): nothing is dropped.
  const list: readonly unknown[] = args
  return { scopes: list.flatMap((one): readonly unknown[] => (typeof one === 'string' ? words('scopes', one) : [one])) }
}

const NOT_CALLED =
  'requireAuth: got a request, want requirements: call it where it is handed over, as in app.use(requireAuth())'

/** What a framework calls a handler with: the guard itself was handed over, which guards nothing. */
function isRequest(given: unknown): boolean {
  return typeof given === 'object' && given !== null && ('headers' in given || 'req' in given || 'raw' in given)
}

// RFC 6749 §3.3 scope-token; it also keeps the value inside the quotes of a challenge.
const ACR = /^[\x21\x23-\x5B\x5D-\x7E]+$/
// The same, though a comma may be in a scope: between others it was meant to separate them.
const WORD = /^(?!.*[^,],+[^,])[\x21\x23-\x5B\x5D-\x7E]+$/
// Roles are in no challenge, and issuers name them freely; in a list they may hold spaces.
const ROLE = /^[^\p{Cc}]*[^\p{Cc}\s][^\p{Cc}]*$/u

function words(name: string, value: unknown, word = WORD): readonly string[] {
  if (value === undefined) return []
  const list: unknown = typeof value === 'string' ? value.split(' ').filter((one) => one !== '') : value
  const valid = Array.isArray(list) && list.length > 0 && list.every((one) => typeof one === 'string' && word.test(one))
  if (!valid) throw configurationError(name, value, "words such as 'read:messages', as a list or by spaces, not commas")
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
  const isAll = isPlainObject(wanted) && Object.keys(wanted).join() === 'all' && Array.isArray(wanted['all'])
  const list: unknown = isAll ? wanted['all'] : wanted
  const valid = Array.isArray(list)
    ? list.length > 0 && list.every(isValue)
    : isValue(list) || typeof list === 'function'
  if (!valid)
    throw configurationError(`claims.${name}`, wanted, 'a value, a list of values, { all: [...] } or a function')
  return wanted as ClaimRequirement // just checked
}

function isValue(value: unknown): boolean {
  return value === null || ['string', 'number', 'boolean'].includes(typeof value)
}

function oneOf(name: string, value: unknown, allowed: readonly unknown[]): unknown {
  if (value === undefined || allowed.includes(value)) return value
  throw configurationError(name, value, allowed.map((one) => JSON.stringify(one)).join(' or '))
}
