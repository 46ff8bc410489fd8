import { decodeJwt } from 'jose/jwt/decode'

import type { AuthorizationServer } from '../authorization-server.js'
import type { TestClient } from '../clients.js'
import { OAuthError } from '../oauth-error.js'
import type { Parameters } from '../parameters.js'
import { verifyJwt } from '../verify-jwt.js'

const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'

/** The client that an assertion names; whether it is right is not looked at. */
export function clientOfAssertion(parameters: Parameters): string {
  if (parameters.need('client_assertion_type') !== ASSERTION_TYPE) throw refused('of an unknown type')
  try {
    return decodeJwt(parameters.need('client_assertion')).sub ?? ''
  } catch {
    throw refused('no JWT')
  }
}

/** Verifies the assertion by which a client authenticates (RFC 7523 §3, OpenID Connect Core §9). */
export async function authenticateByAssertion(
  server: AuthorizationServer,
  client: TestClient,
  assertion: string,
  url: string,
): Promise<void> {
  const verified = await verifyJwt(assertion, client.keys ?? [], server.now())
  if (verified === undefined) throw refused('expired, or signed by no key that the client has')
  const { iss, sub, aud, exp, jti } = verified.claims
  if (iss !== client.id || sub !== client.id) throw refused('not issued by the client about itself')
  if (!isMeantForUs(server, aud, url)) throw refused('meant for another audience')
  if (exp === undefined || typeof jti !== 'string') throw refused('without exp or jti')
  if (!server.store.isFirst('client assertion', client.id, jti)) throw refused('used before')
}

// RFC 9126 §2: at any endpoint the issuer, the token endpoint and the endpoint itself will do.
function isMeantForUs(server: AuthorizationServer, aud: unknown, url: string): boolean {
  const ours: unknown[] = [server.issuer, server.urlOf('token'), url]
  return (Array.isArray(aud) ? aud : [aud]).some((each) => ours.includes(each))
}

function refused(what: string): OAuthError {
  return new OAuthError('invalid_client', `the client assertion is ${what}`, 401)
}
