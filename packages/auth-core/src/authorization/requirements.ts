import { configurationError, rejectUndefined, rejectUnknownNames } from '../options/option-checks.js'
import { seconds } from '../options/read-options.js'
import { isPlainObject } from '../util/json.js'
import { basicDemands } from './basic-demands.js'
import type { Demand } from './demand.js'
import { ACR, oneOf, ROLE, words } from './requirement-words.js'
import type { ClaimAtPath, RequirementArguments, Requirements } from './requirement-types.js'

/** What an entry for Bearer tokens alone does without. */
export interface MoreRequirements {
  readonly names: readonly string[]
  /** Reads options by these names. @param nested - resolves requirements within others */
  readonly read: (options: Options, nested: (name: string, given: unknown) => Requirements) => MoreRead
}

/** Fields of the requirements, and what they demand. */
export interface MoreRead {
  readonly fields: Partial<Requirements>
  readonly demands: readonly Demand[]
}

/** Reads claims that are wanted. */
export type ClaimsReader = (value: unknown) => readonly [claims: readonly ClaimAtPath[], demands: readonly Demand[]]

type Options = Readonly<Record<string, unknown>>

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

// Registered: what another installed copy made is judged here too.
const DEMANDS: unique symbol = Symbol.for('@acme/auth-core.demands')

/** Resolves the arguments of a guard. @throws {TypeError} when a value is not of its form */
export type RequirementsMaker = (...args: RequirementArguments) => Requirements

/** How an entry resolves them. */
export function requirementsBy(readClaims: ClaimsReader, more?: MoreRequirements): RequirementsMaker {
  const names = [...NAMES, ...(more?.names ?? [])]
  const nested = (name: string, given: unknown): Requirements => {
    const wanted = resolve(typeof given === 'string' ? { scopes: given } : given, name)
    if (wanted.optional) throw new TypeError(`${name}: optional() cannot stand within other requirements`)
    return wanted
  }
  const resolve = (given: unknown, where: string): Requirements => {
    if (isResolved(given)) return given
    if (!isPlainObject(given)) throw configurationError(where, given, 'scopes, or an object such as { roles: [] }')
    rejectUnknownNames(where, given, names)
    rejectUndefined('', given)
    const basic = basicFields(given)
    const [claims, claimDemands] = readClaims(given['claims'])
    const { fields, demands } = more?.read(given, nested) ?? NO_MORE
    const resolved = { ...basic, claims, ...NOT_WANTED, ...fields }
    const dpopRequired = basic.dpopRequired || resolved.allOf.some((one) => one.dpopRequired)
    const all = [...basicDemands(resolved), ...claimDemands, ...demands]
    const anyToken = all.length === 0 && !dpopRequired
    return withDemands({ ...resolved, anyToken, dpopRequired }, all)
  }
  return (...args) => resolve(argument(args), 'requireAuth')
}

const NO_MORE: MoreRead = { fields: {}, demands: [] }

const NOT_WANTED = {
  authorizationDetails: Object.freeze([]),
  actor: undefined,
  maxDelegation: undefined,
  allOf: Object.freeze([]),
  anyOf: Object.freeze([]),
  not: undefined,
  shadow: undefined,
  authorize: undefined,
  optional: false,
} as const

function basicFields(options: Options): Omit<Requirements, keyof typeof NOT_WANTED | 'anyToken' | 'claims'> {
  return {
    scopes: words('scopes', options['scopes']),
    anyScope: words('anyScope', options['anyScope']),
    permissions: words('permissions', options['permissions']),
    anyPermission: words('anyPermission', options['anyPermission']),
    roles: words('roles', options['roles'], ROLE),
    anyRole: words('anyRole', options['anyRole'], ROLE),
    acr: words('acr', options['acr'], ACR),
    maxAge: options['maxAge'] === undefined ? undefined : seconds(0)(options['maxAge'], 'maxAge'),
    dpopRequired: oneOf('dpop', options['dpop'], ['required']) === 'required',
    clientCredentials: oneOf('clientCredentials', options['clientCredentials'], [true, false]) === true,
  }
}

/** Those that ask somebody else come last. */
function withDemands(wanted: Requirements, demands: readonly Demand[]): Requirements {
  const [asking, others] = [demands.filter(({ asks }) => asks === true), demands.filter(({ asks }) => asks !== true)]
  const value = Object.freeze([...others, ...asking])
  return Object.freeze(Object.defineProperty({ ...wanted }, DEMANDS, { value }))
}

/** @throws {TypeError} for requirements that nobody resolved, such as a copy of some: they would demand nothing */
export function demandsOf(wanted: Requirements): readonly Demand[] {
  const { [DEMANDS]: demands } = wanted as Requirements & { readonly [DEMANDS]?: readonly Demand[] } // set above
  if (demands === undefined) throw new TypeError('requirements: want what requirements() or optional() made')
  return demands
}

function isResolved(given: unknown): given is Requirements {
  return typeof given === 'object' && given !== null && Object.hasOwn(given, DEMANDS)
}

/** An optional guard accepts any valid token, or none. */
export function optionalBy(requirements: RequirementsMaker): Requirements {
  return withDemands({ ...requirements(), optional: true }, [])
}

function argument(args: RequirementArguments): unknown {
  const [first] = args
  if (args.length === 0) return {}
  if (args.length === 1 && isResolved(first)) return first
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
