import type { AuthorizationServer } from '../authorization-server.js'
import type { KnownClient } from '../clients.js'
import type { Login } from '../logins.js'
import { OAuthError } from '../oauth-error.js'
import { Parameters, words } from '../parameters.js'
import { addressee, checkedRequest } from './authorization-request.js'

/** Seconds in which a code has to be redeemed (RFC 6749 §4.1.2 has ten minutes at most). */
const CODE_LIFETIME = 60

/**
 * Answers an authorization request at once, as the user would who is to log in (RFC 6749 §4.1.1).
 *
 * @throws {OAuthError} when there is nowhere to redirect to
 */
export function answerAuthorize(server: AuthorizationServer, given: Parameters): Response {
  const parameters = pushedOrGiven(server, given)
  const client = addressee(server, parameters)
  const answer = answerFor(server, client, parameters)
  const location = new URL(parameters.need('redirect_uri'))
  const state = parameters.get('state')
  // RFC 9207 §2: `iss` is in refusals as well.
  const all = { ...answer, ...(state !== undefined && { state }), iss: server.issuer }
  for (const [name, value] of Object.entries(all)) location.searchParams.append(name, value)
  return new Response(null, { status: 302, headers: { location: location.href, 'cache-control': 'no-store' } })
}

function answerFor(server: AuthorizationServer, client: KnownClient, parameters: Parameters): Record<string, string> {
  try {
    return { code: codeFor(server, client, parameters) }
  } catch (error) {
    if (!(error instanceof OAuthError)) throw error
    return { error: error.code, error_description: error.message }
  }
}

function codeFor(server: AuthorizationServer, client: KnownClient, parameters: Parameters): string {
  const { scopes, audiences, challenge } = checkedRequest(server, client, parameters)
  const login = loginFor(server, parameters)
  const code = `code_${crypto.randomUUID()}`
  server.store.codes.set(code, {
    grant: { clientId: client.id, login, scopes, audiences, jkt: parameters.get('dpop_jkt'), revoked: false },
    redirectUri: parameters.need('redirect_uri'),
    challenge,
    nonce: parameters.get('nonce'),
    expiresAt: server.now() + CODE_LIFETIME,
    redeemed: false,
  })
  return code
}

function loginFor(server: AuthorizationServer, parameters: Parameters): Login {
  const { current } = server.logins
  if ('error' in current) throw new OAuthError(current.error, current.description ?? 'the user refused')
  return {
    subject: current.subject ?? 'user-1',
    acr: current.acr ?? words(parameters.get('acr_values'))[0],
    amr: current.amr,
    authTime: current.authTime ?? Math.floor(server.now()),
    claims: current.claims,
    idTokenClaims: current.idTokenClaims,
  }
}

// RFC 9126 §4: what was pushed counts, and nothing beside it. It is good once.
function pushedOrGiven(server: AuthorizationServer, given: Parameters): Parameters {
  const uri = given.get('request_uri')
  if (uri === undefined) return given
  const pushed = server.store.pushed.take(uri)
  if (pushed === undefined || pushed.clientId !== given.get('client_id') || server.now() >= pushed.expiresAt) {
    throw new OAuthError('invalid_request_uri', 'no such pushed request')
  }
  return new Parameters(pushed.parameters)
}
