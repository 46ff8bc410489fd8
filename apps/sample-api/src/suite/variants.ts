import { requirements } from '@acme/auth-core'
import type { Requirements } from '@acme/auth-core'

import { isOpen } from '../routes.js'
import type { RouteNeeds } from '../routes.js'
import type { ExpectedBody } from './bodies.js'
import type { Credentials, TokenOptions } from './credentials.js'

export interface ExpectedRefusal {
  readonly status: number
  readonly body: ExpectedBody
}

/** Credentials that are refused: what of them is not good. */
export interface Variant extends ExpectedRefusal {
  readonly name: string
  readonly credentials: Partial<Credentials>
}

export function refused(status: number, error: string, code: string): ExpectedRefusal {
  return { status, body: { refusal: { error, code } } }
}

/** A token that meets the needs of a route. */
export function grantedBy(needs: RouteNeeds): TokenOptions {
  const { scopes, permissions, acr, maxAge, authorizationDetails, clientCredentials } = wantedBy(needs)
  const claims = {
    ...(permissions.length > 0 && { permissions }),
    ...(acr.length > 0 && { acr: acr[0] }),
    ...(maxAge !== undefined && { auth_time: secondsAgo(1) }),
    ...(authorizationDetails.length > 0 && {
      authorization_details: authorizationDetails.map(({ type }) => ({ type })),
    }),
    ...(clientCredentials && { gty: 'client-credentials' }),
  }
  return { claims, ...(scopes.length > 0 && { scope: scopes.join(' ') }) }
}

function wantedBy(needs: RouteNeeds): Requirements {
  return requirements(needs === 'optional' || isOpen(needs) ? {} : needs)
}

function secondsAgo(seconds: number): number {
  return Math.floor(Date.now() / 1000) - seconds
}

/** Valid tokens that fall short of the needs of a route. */
export function shortOf(needs: RouteNeeds): readonly Variant[] {
  const { scopes, permissions, acr, maxAge, authorizationDetails, clientCredentials } = wantedBy(needs)
  const ofUser = { name: 'of a user', credentials: { token: { claims: { gty: 'password' } } }, ...lacks('AUTH_1008') }
  return [
    ...scopes.map((scope) => withoutScope(scope, scopes)),
    ...permissions.map((permission) => withoutPermission(permission)),
    ...(acr.length > 0 ? [withLogin('too weak', { acr: 'urn:example:password', auth_time: secondsAgo(1) })] : []),
    ...(maxAge === undefined ? [] : [withLogin('too old', { acr: acr[0], auth_time: secondsAgo(maxAge + 3600) })]),
    ...authorizationDetails.map(({ type }) => withoutDetail(type)),
    ...(clientCredentials ? [ofUser] : []),
  ]
}

function withoutScope(missing: string, scopes: readonly string[]): Variant {
  // Whole words count: a longer one that begins alike is another scope.
  const others = [`${missing}s`, ...scopes.filter((scope) => scope !== missing)]
  const credentials = { token: { scope: others.join(' ') } }
  return { name: `without the scope ${missing}`, credentials, ...lacks('AUTH_1005') }
}

function withoutPermission(missing: string): Variant {
  const credentials = { token: { scope: missing, claims: { permissions: ['other'] } } }
  return { name: `with ${missing} as scope only`, credentials, ...lacks('AUTH_1006') }
}

function withLogin(what: string, claims: Readonly<Record<string, unknown>>): Variant {
  const name = `of a login that is ${what}`
  return { name, credentials: { token: { claims } }, ...refused(401, 'insufficient_user_authentication', 'AUTH_1009') }
}

function withoutDetail(type: string): Variant {
  const claims = { authorization_details: [{ type: `${type}s` }] }
  return { name: `without the authorization detail ${type}`, credentials: { token: { claims } }, ...lacks('AUTH_1011') }
}

function lacks(code: string): ExpectedRefusal {
  return refused(403, 'insufficient_scope', code)
}

/** Credentials that no guarded route accepts, whatever it requires; the token is granted all of that. */
export function badCredentials(token: TokenOptions, method: string): readonly Variant[] {
  const elsewhere = { ...token, claims: { ...token.claims, aud: 'https://other.example.com' } }
  const proof = (credentials: Omit<Partial<Credentials>, 'scheme'>): Pick<Variant, 'credentials'> => ({
    credentials: { scheme: 'DPoP', ...credentials },
  })
  const otherMethod = { method: method === 'GET' ? 'POST' : 'GET' }
  const otherUrl = { url: 'https://api.example.com/other' }
  return [
    { name: 'for another API', credentials: { token: elsewhere }, ...refused(401, 'invalid_token', 'AUTH_1002') },
    {
      name: 'that expired',
      credentials: { token: { ...token, expiresIn: -60 } },
      ...refused(401, 'invalid_token', 'AUTH_1001'),
    },
    { name: 'that is bound, as Bearer', credentials: { bound: true }, ...refused(401, 'invalid_token', 'AUTH_1004') },
    { name: 'that is not bound, as DPoP', ...proof({ bound: false }), ...refused(401, 'invalid_token', 'DPOP_6002') },
    { name: 'without its proof', ...proof({ proof: false }), ...badProof('DPOP_6001') },
    { name: 'with a proof for another method', ...proof({ proof: otherMethod }), ...badProof('DPOP_6008') },
    { name: 'with a proof for another URL', ...proof({ proof: otherUrl }), ...badProof('DPOP_6009') },
  ]
}

function badProof(code: string): ExpectedRefusal {
  return refused(400, 'invalid_dpop_proof', code)
}
