import type { GrantedScopes } from '../authorization/scope-hierarchy.js'
import { words } from '../authorization/requirement-words.js'
import { configurationError, rejectUnknownNames, requireObject } from '../options/option-checks.js'
import type { AuthContext } from './auth-context.js'
import { refusal } from './errors.js'

/** What another service is called for. */
export interface OnBehalfOfRequest {
  /** The identifier of that service: the audience of the token that it gets. */
  readonly audience: string
  /** Scopes there, each of which the caller's own token must have here. @defaultValue what the issuer gives */
  readonly scope?: string | readonly string[]
}

/** What the function of the option `onBehalfOf` is given. */
export interface OnBehalfOfTarget {
  readonly audience: string
  readonly scopes: readonly string[]
}

/**
 * Makes a `fetch` that calls another service for the caller of a request, with a token of its own: the caller's token,
 * exchanged at the issuer (RFC 8693). Such as `onBehalfOf()` of `@acme/auth-client`.
 */
export type OnBehalfOf = (auth: AuthContext, target: OnBehalfOfTarget) => typeof globalThis.fetch

/** {@link AuthContext.onBehalfOf} of a resource server; undefined where the option is not given. */
export type CallOnBehalf = (auth: AuthContext, request: OnBehalfOfRequest) => typeof globalThis.fetch

/** Reads the option `onBehalfOf`. @throws {TypeError} that names it */
export function readOnBehalfOf(given: unknown, name: string): OnBehalfOf | undefined {
  if (given !== undefined && typeof given !== 'function') throw configurationError(name, given, 'a function')
  return given as OnBehalfOf | undefined // what it answers is called as fetch is
}

/** Narrows only: a service does not get for a caller what the caller has not (RFC 8693 §5). */
export function callOnBehalf(exchange: OnBehalfOf, granted: GrantedScopes): CallOnBehalf {
  return (auth, request) => {
    requireObject('onBehalfOf()', request, "an object such as { audience: 'https://orders.example.com' }")
    rejectUnknownNames('onBehalfOf()', request, ['audience', 'scope'])
    const { audience, scope } = request
    if (typeof audience !== 'string' || audience === '') {
      throw configurationError('onBehalfOf().audience', audience, 'the identifier of a service')
    }
    if ('scope' in request && scope === undefined)
      throw configurationError('onBehalfOf().scope', scope, 'scopes, or no such name')
    const scopes = scope === undefined ? [] : words('onBehalfOf().scope', scope)
    const own = granted(auth.scopes)
    const missing = scopes.filter((one) => !own.includes(one))
    if (missing.length > 0) {
      const parameters = { scope: scopes.join(' ') }
      throw refusal('scope_missing', `no ${missing.join(' ')} to hand on`, { scheme: auth.scheme, parameters })
    }
    return exchange(auth, Object.freeze({ audience, scopes: Object.freeze(scopes) }))
  }
}
