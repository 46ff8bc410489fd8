import type { AuthorizationServer } from '../authorization-server.js'
import type { TestClient } from '../clients.js'
import { OAuthError } from '../oauth-error.js'
import { words, type Parameters } from '../parameters.js'

/**
 * What a client gets of what it asks for: what it may have, and without a request all of that (RFC 6749 §3.3).
 *
 * @throws {OAuthError} `invalid_scope` when nothing is left
 */
export function grantedScopes(client: TestClient, parameters: Parameters): string[] {
  const requested = words(parameters.get('scope'))
  if (client.scope === undefined) return requested
  const allowed = words(client.scope)
  if (requested.length === 0) return allowed
  const granted = requested.filter((scope) => allowed.includes(scope))
  if (granted.length === 0) throw new OAuthError('invalid_scope', 'the client may have none of the scopes')
  return granted
}

/** The scopes asked for, which must be among some. @throws {OAuthError} `invalid_scope` for any other (RFC 6749 §6) */
export function narrowedScopes(parameters: Parameters, allowed: readonly string[]): readonly string[] {
  const requested = words(parameters.get('scope'))
  if (requested.some((scope) => !allowed.includes(scope))) throw new OAuthError('invalid_scope', 'wider than granted')
  return requested.length > 0 ? requested : allowed
}

/**
 * For whom tokens are wanted: `resource` (RFC 8707), Auth0's `audience`, or the issuer's default.
 *
 * @throws {OAuthError} `invalid_target` for a resource that is no absolute URI, or has a fragment (RFC 8707 §2)
 */
export function requestedAudiences(server: AuthorizationServer, parameters: Parameters): string[] {
  const named = namedAudiences(parameters)
  return named.length > 0 ? named : [server.audience]
}

/** The audiences that a request names, which must be among those of its grant (RFC 8707 §2.2); without names all. */
export function narrowedAudiences(parameters: Parameters, allowed: readonly string[]): readonly string[] {
  const named = namedAudiences(parameters)
  if (named.some((each) => !allowed.includes(each))) throw new OAuthError('invalid_target', 'not granted')
  return named.length > 0 ? named : allowed
}

function namedAudiences(parameters: Parameters): string[] {
  const resources = parameters.all('resource')
  if (resources.some((resource) => !URL.canParse(resource) || resource.includes('#'))) {
    throw new OAuthError('invalid_target', 'a resource is an absolute URI without a fragment')
  }
  return [...new Set([...resources, ...parameters.all('audience')])]
}
