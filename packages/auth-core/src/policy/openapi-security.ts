import type { Requirements } from '../authorization/requirement-types.js'
import type { DpopMode } from '../dpop/mode.js'
import { describeRequirements } from './describe-requirements.js'
import { openApiResponses } from './openapi-responses.js'
import type { OpenApiResponse } from './openapi-responses.js'
import { scopeAlternatives } from './scope-alternatives.js'

export type { OpenApiResponse } from './openapi-responses.js'

/** Where a client gets tokens by code and PKCE (RFC 7636). */
export interface OpenApiOAuth {
  readonly authorizationUrl: string
  readonly tokenUrl: string
  /** What scopes mean, by name. @defaultValue nothing is said of them */
  readonly scopes?: Readonly<Record<string, string>>
}

export interface OpenApiSecurityOptions {
  /** Which schemes the API accepts, as its option `dpop.mode` has it. @defaultValue 'allowed' */
  readonly dpop?: DpopMode
  /** Adds the scheme `oauth`, whose scopes tools show and ask for. @defaultValue there is none */
  readonly oauth?: OpenApiOAuth
}

/** One alternative: the schemes that are needed together, and their scopes. `{}` for no credentials. OpenAPI 3.1 §4.8.30. */
export type OpenApiSecurityRequirement = Readonly<Record<string, readonly string[]>>

/** Two members of an operation. */
export interface OpenApiOperationSecurity {
  readonly security: readonly OpenApiSecurityRequirement[]
  /** By status. */
  readonly responses: Readonly<Record<string, OpenApiResponse>>
}

/** Security schemes by name. OpenAPI 3.1 §4.8.27. */
export type OpenApiSecuritySchemes = Readonly<Record<string, Readonly<Record<string, unknown>>>>

/**
 * What an OpenAPI operation says of its guard: `security` with an alternative for each accepted scheme, and the refusals.
 * What a token must hold beside scopes, `security` cannot say; the response 403 says it in words.
 *
 * @param wanted - what the guards demand; all of a list. `'public'` for a route without a guard
 * @example
 * ```ts
 * import { requirements } from '@acme/auth-core'
 * import { openApiSecurity } from '@acme/auth-core/openapi'
 *
 * const { security } = openApiSecurity(requirements('read:messages'))
 * console.log(security) // [{ bearer: [] }, { dpop: [] }]
 * ```
 */
export function openApiSecurity(
  wanted: Requirements | readonly Requirements[] | 'public',
  options: OpenApiSecurityOptions = {},
): OpenApiOperationSecurity {
  if (wanted === 'public') return { security: [], responses: {} }
  const { dpop = 'allowed', oauth } = options
  const all = listOf(wanted)
  const optional = all.every((one) => one.optional)
  const dpopRequired = all.some((one) => one.dpopRequired)
  const [bearer, withDpop] = [dpop !== 'required' && !dpopRequired, dpop !== 'disabled' || dpopRequired]
  const security: OpenApiSecurityRequirement[] = [
    ...(oauth === undefined ? [] : scopeAlternatives(all).map((scopes) => ({ oauth: scopes }))),
    ...(bearer ? [{ bearer: [] }] : []),
    ...(withDpop ? [{ dpop: [] }] : []),
    ...(optional ? [{}] : []),
  ]
  const demands = all.filter((one) => !one.optional && !one.anyToken).map((one) => describeRequirements(one))
  return { security, responses: openApiResponses({ demands: demands.join('; '), dpop: withDpop }) }
}

function listOf(wanted: Requirements | readonly Requirements[]): readonly Requirements[] {
  return isList(wanted) ? wanted : [wanted]
}

function isList(wanted: Requirements | readonly Requirements[]): wanted is readonly Requirements[] {
  return Array.isArray(wanted)
}

/**
 * The security schemes that {@link openApiSecurity} names, for `components.securitySchemes`.
 *
 * @param wanted - what the guards of all operations demand: their scopes are listed
 * @example
 * ```ts
 * import { requirements } from '@acme/auth-core'
 * import { openApiSecuritySchemes } from '@acme/auth-core/openapi'
 *
 * const issuer = 'https://issuer.example.com/'
 * const oauth = { authorizationUrl: `${issuer}authorize`, tokenUrl: `${issuer}oauth/token` }
 * const schemes = openApiSecuritySchemes([requirements('read:messages')], { oauth })
 * console.log(Object.keys(schemes)) // ['oauth', 'bearer', 'dpop']
 * ```
 */
export function openApiSecuritySchemes(
  wanted: readonly Requirements[],
  { dpop = 'allowed', oauth }: OpenApiSecurityOptions = {},
): OpenApiSecuritySchemes {
  return {
    ...(oauth !== undefined && { oauth: oauthScheme(oauth, scopesOf(...wanted)) }),
    ...(dpop !== 'required' && {
      bearer: { type: 'http', scheme: 'bearer', description: 'An access token (RFC 6750)' },
    }),
    ...(dpop !== 'disabled' && {
      dpop: {
        type: 'http',
        scheme: 'dpop',
        description: 'A DPoP-bound access token, with a proof for each request in the header DPoP (RFC 9449)',
      },
    }),
  }
}

function oauthScheme(
  { authorizationUrl, tokenUrl, scopes: known = {} }: OpenApiOAuth,
  names: readonly string[],
): Readonly<Record<string, unknown>> {
  // fromEntries, so that a scope of the name __proto__ is one.
  const scopes = Object.fromEntries(names.map((name) => [name, Object.hasOwn(known, name) ? known[name] : '']))
  return { type: 'oauth2', flows: { authorizationCode: { authorizationUrl, tokenUrl, scopes } } }
}

/**
 * All scopes that requirements name, sorted: those within others too, but not those that a token must not have.
 * @example
 * ```ts
 * import { requirements } from '@acme/auth-core'
 * import { scopesOf } from '@acme/auth-core/openapi'
 *
 * console.log(scopesOf(requirements('write:messages'), requirements({ anyScope: ['admin', 'read:messages'] })))
 * // ['admin', 'read:messages', 'write:messages']
 * ```
 */
export function scopesOf(...wanted: readonly Requirements[]): readonly string[] {
  return [...new Set(wanted.flatMap(named))].toSorted((one, other) => (one < other ? -1 : 1))
}

function named({ scopes, anyScope, allOf, anyOf }: Requirements): readonly string[] {
  return [...scopes, ...anyScope, ...[...allOf, ...anyOf].flatMap(named)]
}
