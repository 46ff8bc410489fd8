import { decodeJwt } from 'jose/jwt/decode'

import type { AuthorizationServer } from '../authorization-server.js'
import { OAuthError } from '../oauth-error.js'
import type { Parameters } from '../parameters.js'
import { isAllowedUri } from '../redirect-uri.js'
import { verifyJwt } from '../verify-jwt.js'

/** Logs the user out, and sends it where the client wants (OpenID Connect RP-Initiated Logout 1.0 §2). */
export async function answerLogout(server: AuthorizationServer, parameters: Parameters): Promise<Response> {
  const hinted = await clientOfHint(server, parameters.get('id_token_hint'))
  const id = parameters.get('client_id') ?? hinted
  if (hinted !== undefined && hinted !== id) throw invalid('client_id is not that of the ID token')
  const uri = parameters.get('post_logout_redirect_uri')
  if (uri === undefined) return new Response('logged out', { headers: { 'cache-control': 'no-store' } })
  const client = id === undefined ? undefined : server.findClient(id)
  if (client === undefined || !isAllowedUri(uri, client.logoutUris)) {
    throw invalid('post_logout_redirect_uri is none of a client')
  }
  return redirect(uri, parameters.get('state'))
}

// §4 of it: an ID token is a hint also when it has expired.
async function clientOfHint(server: AuthorizationServer, hint: string | undefined): Promise<string | undefined> {
  if (hint === undefined) return undefined
  const verified = await verifyJwt(hint, server.publishedKeys(), issuedAt(hint))
  const { iss, aud } = verified?.claims ?? {}
  if (iss !== server.issuer || typeof aud !== 'string') throw invalid('id_token_hint is no ID token of this issuer')
  return aud
}

function issuedAt(token: string): number {
  try {
    return decodeJwt(token).iat ?? 0
  } catch {
    throw invalid('id_token_hint is no JWT')
  }
}

function redirect(uri: string, state: string | undefined): Response {
  const location = new URL(uri)
  if (state !== undefined) location.searchParams.append('state', state)
  return new Response(null, { status: 302, headers: { location: location.href, 'cache-control': 'no-store' } })
}

function invalid(description: string): OAuthError {
  return new OAuthError('invalid_request', description)
}
