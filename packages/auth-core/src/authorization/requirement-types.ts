import type { AuthContext } from '../outcome/auth-context.js'
import type { StandardSchema } from '../util/standard-schema.js'
import type { AuthorizationDetail } from './authorization-details.js'

/** A value of a claim. `null` is one, and not the same as no claim. */
export type ClaimValue = string | number | boolean | null

/**
 * One value, a list of which any will do, `{ all }` of which none may be missing, a predicate, or a Standard Schema, such as
 * `z.string().email()`. A predicate or schema that throws, and a schema that takes more than 5 seconds, is a fault.
 */
export type ClaimRequirement =
  | ClaimValue
  | readonly ClaimValue[]
  | { readonly all: readonly ClaimValue[] }
  | ((value: unknown, claims: AuthContext['claims']) => boolean)
  | StandardSchema

/** A claim by the path of names to it, such as `['address', 'country']`, and what is wanted of it. */
export interface ClaimAtPath {
  readonly path: readonly string[]
  readonly value: ClaimRequirement
}

/** Authorization details that the token must hold (RFC 9396). */
export interface AuthorizationDetailRequirement {
  /** Their `type` (RFC 9396 §2), as it is written there. */
  readonly type: string
  /** What else must hold of the same object: a predicate, or a Standard Schema. @defaultValue the type alone counts */
  readonly matches?: ((detail: AuthorizationDetail) => boolean) | StandardSchema
}

/**
 * Asks a policy engine, last: `true` lets the request pass, `false` refuses it with 403. Whatever it throws or answers else,
 * and no answer within 5 seconds, is 503.
 */
export type Authorize = (auth: AuthContext, request: AuthorizationRequest) => boolean | Promise<boolean>

/** What a policy engine is told of a request. */
export interface AuthorizationRequest {
  readonly method: string
  /** The request target without its query, as it came: not decoded. */
  readonly path: string
  /** The framework's own object, the same for all guards of the request. */
  readonly raw: object
}

/** Requirements within others: scopes as a string, an object, or what `requirements()` made. */
export type NestedRequirement = string | RequirementOptions | Requirements

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
  /** Claims by name, or by path in a list. A claim that is a list satisfies a value when it contains it. */
  readonly claims?: Readonly<Record<string, ClaimRequirement>> | readonly ClaimAtPath[]
  /** Authentication context classes (`acr`) of which one must hold. RFC 9470 §3. */
  readonly acr?: string | readonly string[]
  /** The greatest age of the login (`auth_time`), in seconds. RFC 9470 §3. */
  readonly maxAge?: number
  /** `'required'`: the token must be DPoP-bound, whatever the mode of the resource server. */
  readonly dpop?: 'required'
  /** Only tokens that a client got for itself, by the issuer's `machine` mark; Auth0's `gty` by default. */
  readonly clientCredentials?: boolean
  /** Authorization details, all of which must be granted, by type or in detail. RFC 9396. */
  readonly authorizationDetails?: string | AuthorizationDetailRequirement | readonly AuthorizationDetailRequirement[]
  /**
   * Who may act for the subject: the `sub` of `act`, one of these (RFC 8693 §4.1); `false`: nobody, the token must not be
   * delegated. A token without `act` meets no name.
   */
  readonly actor?: string | readonly string[] | false
  /** How many actors the chain of `act` may have at most; 0 for none. */
  readonly maxDelegation?: number
  /** Requirements that must all be met. */
  readonly allOf?: readonly NestedRequirement[]
  /** Requirements of which at least one must be met. A challenge names what the first that a client can meet lacks. */
  readonly anyOf?: readonly NestedRequirement[]
  /** Requirements that must not be met. */
  readonly not?: NestedRequirement
  /**
   * Requirements that are tried: a request that meets all others is let through, and what these lack of it is told, by
   * `shadow` of the event and by `resourceServer.shadowReport()`. Not within `anyOf`, `not` and `shadow`.
   */
  readonly shadow?: NestedRequirement
  readonly authorize?: Authorize
}

/** Arguments of `requireAuth`: scopes as one string, several arguments or a list, an object, or what `requirements()` made. */
export type RequirementArguments =
  | readonly string[]
  | readonly [readonly string[]]
  | readonly [RequirementOptions]
  | readonly [Requirements]

/** Resolved requirements. Made by {@link requirements} and {@link optional} only. */
export interface Requirements {
  readonly scopes: readonly string[]
  readonly anyScope: readonly string[]
  readonly permissions: readonly string[]
  readonly anyPermission: readonly string[]
  readonly roles: readonly string[]
  readonly anyRole: readonly string[]
  readonly claims: readonly ClaimAtPath[]
  readonly acr: readonly string[]
  readonly maxAge: number | undefined
  readonly dpopRequired: boolean
  readonly clientCredentials: boolean
  readonly authorizationDetails: readonly AuthorizationDetailRequirement[]
  readonly actor: readonly string[] | false | undefined
  readonly maxDelegation: number | undefined
  readonly allOf: readonly Requirements[]
  readonly anyOf: readonly Requirements[]
  readonly not: Requirements | undefined
  /** Those that are tried, of `allOf` too. */
  readonly shadow: Requirements | undefined
  readonly authorize: Authorize | undefined
  /** Whether any accepted token will do: nothing else is demanded. */
  readonly anyToken: boolean
  /** Whether a request without credentials passes, without an auth context. */
  readonly optional: boolean
}
