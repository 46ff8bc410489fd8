import { requireScopes, wrong } from '../options.js'
import type { Settings } from '../options.js'

/** The API that a token is for, and what it may do there; what is left out is taken from the client's options. */
export interface Target {
  /** Auth0's `audience`. */
  readonly audience?: string | undefined
  /** RFC 8707. */
  readonly resource?: string | undefined
  readonly scopes?: readonly string[] | undefined
}

/** A {@link Target} with the options of the client. */
export interface ResolvedTarget {
  readonly audience: string | undefined
  readonly resource: string | undefined
  readonly scopes: readonly string[] | undefined
}

export function targetOf(settings: Settings, target: Target): ResolvedTarget {
  const isNamed = target.audience !== undefined || target.resource !== undefined
  const { audience, resource } = isNamed ? target : settings
  const scopes = target.scopes ?? settings.scopes
  if (scopes !== undefined) requireScopes(scopes)
  return { audience, resource, scopes }
}

/** The parameters `audience`, `resource` and `scope`. */
export function parametersOf({ audience, resource, scopes }: ResolvedTarget): URLSearchParams {
  const parameters = new URLSearchParams()
  if (audience !== undefined) parameters.set('audience', audience)
  if (resource !== undefined) parameters.set('resource', resource)
  if (scopes !== undefined && scopes.length > 0) parameters.set('scope', scopes.join(' '))
  return parameters
}

// What this package writes itself: a parameter that overrode one of these would change what is asked for, or by whom.
const RESERVED: ReadonlySet<string> = /* @__PURE__ */ new Set(
  (
    'grant_type client_id client_secret client_assertion client_assertion_type scope audience resource ' +
    'subject_token subject_token_type actor_token actor_token_type requested_token_type code ' +
    'code_verifier redirect_uri refresh_token assertion connection login_hint response_type response_mode ' +
    'state nonce code_challenge code_challenge_method dpop_jkt request request_uri max_age acr_values ' +
    'prompt'
  ).split(' '),
)

/** Adds parameters of the caller's own. @throws {AuthClientError} `options_invalid` for a reserved one */
export function addParameters(to: URLSearchParams, own: Readonly<Record<string, string>> | undefined): void {
  for (const [name, value] of Object.entries(own ?? {})) {
    if (RESERVED.has(name.trim().toLowerCase())) throw wrong('parameters', 'none that this call writes itself')
    to.set(name, value)
  }
}

/**
 * A token that is sent as a parameter: of the characters of a token alone. A whole `Authorization` field, `Bearer ` and all,
 * would be logged by the issuer as what it is not.
 *
 * @throws {AuthClientError} `options_invalid`
 */
export function requireToken(name: string, token: unknown): asserts token is string {
  if (typeof token !== 'string' || !/^[\x21-\x7e]+$/.test(token)) {
    throw wrong(name, 'a token alone: no scheme before it, no spaces')
  }
}
