import { decodeJwt } from 'jose/jwt/decode'

import type { TrustedIssuer } from '../trusted-issuer.js'
import { OAuthError } from '../oauth-error.js'
import { words } from '../parameters.js'
import { isObject, verifyJwt, type VerifiedJwt } from '../verify-jwt.js'
import type { GrantRequest } from './grant-request.js'
import { tokenResponse } from './issue.js'
import { grantedScopes, narrowedScopes, requestedAudiences } from './scope-and-audience.js'
import { ID_JAG_TYP } from './token-types.js'

/** Takes an assertion as a grant (RFC 7523 §2.1): of the client itself, or of a trusted issuer, such as an ID-JAG. */
export async function jwtBearer(request: GrantRequest): Promise<Record<string, unknown>> {
  const { server, client, parameters, jkt } = request
  const assertion = await verifiedAssertion(request, parameters.need('assertion'))
  const { sub, resource, scope } = assertion.claims
  const grant = {
    clientId: client.id,
    login: { subject: String(sub) },
    scopes: typeof scope === 'string' ? narrowedScopes(parameters, words(scope)) : grantedScopes(client, parameters),
    audiences: typeof resource === 'string' ? [resource] : requestedAudiences(server, parameters),
    revoked: false,
  }
  return tokenResponse(server, { grant, jkt })
}

async function verifiedAssertion(request: GrantRequest, assertion: string): Promise<VerifiedJwt> {
  const { server, client } = request
  const issuer = issuerOf(assertion)
  const verified = await verifyJwt(assertion, await keysOf(request, issuer), server.now())
  if (verified === undefined) throw invalid('expired, or signed by nobody who is trusted')
  const { header, claims } = verified
  const audiences: unknown[] = Array.isArray(claims['aud']) ? claims['aud'] : [claims['aud']]
  // RFC 7523 §3: meant for this issuer, about somebody, and not for ever.
  if (!audiences.some((aud) => aud === server.issuer || aud === server.urlOf('token'))) throw invalid('not for us')
  if (typeof claims['sub'] !== 'string' || claims['exp'] === undefined) throw invalid('without sub or exp')
  if (header['typ'] === ID_JAG_TYP && claims['client_id'] !== client.id) throw invalid('for another client')
  if (header['typ'] === 'at+jwt') throw invalid('an access token')
  if (typeof claims['jti'] === 'string' && !server.store.isFirst('assertion', issuer, claims['jti'])) {
    throw invalid('used before')
  }
  return verified
}

function issuerOf(assertion: string): string {
  try {
    return decodeJwt(assertion).iss ?? ''
  } catch {
    throw invalid('no JWT')
  }
}

async function keysOf({ server, client }: GrantRequest, issuer: string): Promise<readonly unknown[]> {
  if (issuer === client.id) return client.keys ?? []
  const trusted = server.trusted.find((each) => each.issuer === issuer)
  return trusted === undefined ? [] : publishedKeys(trusted)
}

async function publishedKeys({ fetch, jwksUri }: TrustedIssuer): Promise<readonly unknown[]> {
  const document: unknown = await (await fetch(jwksUri)).json()
  const keys: unknown = isObject(document) ? document['keys'] : undefined
  return Array.isArray(keys) ? keys.map((key: unknown) => key) : []
}

function invalid(what: string): OAuthError {
  return new OAuthError('invalid_grant', `the assertion is ${what}`)
}
