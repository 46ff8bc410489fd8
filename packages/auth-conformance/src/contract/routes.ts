/** A route that every adapter under contract serves. */
export interface ContractRoute {
  readonly path: string
  /**
   * `app-and-route`: a guard for the whole application, without requirements, runs before the route's own. `none`: there is
   * none, by mistake.
   */
  readonly guard: 'route' | 'app-and-route' | 'none'
  /** The arguments of `requireAuth`, or `optional`. */
  readonly wanted: 'optional' | readonly string[] | readonly [Readonly<Record<string, unknown>>]
  /** Mounted below this prefix by the framework's own means: a router, a plugin prefix, a base path. */
  readonly mountedAt: string | undefined
  /** `traces`: for GET alone, and answered by the adapter's own handler for traces; `:id` is which. */
  readonly serves?: 'traces'
}

function route(path: string, wanted: ContractRoute['wanted'], particulars: Partial<ContractRoute> = {}): ContractRoute {
  return { path, wanted, guard: 'route', mountedAt: undefined, ...particulars }
}

/**
 * Each is served for GET and POST and answers `contractAnswer(auth)` as JSON with status 200.
 * `/app/…` has an application-wide guard, without requirements, in front of the route's own.
 */
export const contractRoutes: readonly ContractRoute[] = [
  route('/any', []),
  route('/read', ['read:messages']),
  route('/both', ['read:messages', 'write:messages']),
  route('/both-in-one', ['read:messages write:messages']),
  route('/any-scope', [{ anyScope: ['read:messages', 'write:messages'] }]),
  route('/permission', [{ permissions: ['read:users', 'write:users'] }]),
  route('/any-permission', [{ anyPermission: ['read:users', 'write:users'] }]),
  route('/role', [{ roles: ['editor', 'account admin'] }]),
  route('/any-role', [{ scopes: 'read:messages', anyRole: 'editor admin' }]),
  route('/claim', [{ claims: { org_id: 'org_1' } }]),
  route('/scope-and-claim', [{ scopes: 'read:messages', claims: { org_id: ['org_1', 'org_2'] } }]),
  route('/client', [{ clientCredentials: true }]),
  route('/dpop-only', [{ dpop: 'required' }]),
  route('/step-up', [{ acr: 'urn:example:mfa', maxAge: 300 }]),
  route('/step-up-and-scope', [{ scopes: 'read:messages', acr: 'urn:example:mfa' }]),
  route('/alternatives', [{ anyOf: ['read:messages', { roles: 'admin' }] }]),
  route('/excluded', [{ not: { roles: 'suspended' } }]),
  route('/payments', [{ authorizationDetails: 'payment_initiation' }]),
  route('/acting', [{ actor: 'client-1', maxDelegation: 1 }]),
  route('/undelegated', [{ actor: false }]),
  route('/nested-claim', [{ claims: [{ path: ['org', 'id'], value: 'org_1' }] }]),
  route('/optional', 'optional'),
  route('/app/read', ['read:messages'], { guard: 'app-and-route' }),
  route('/users/:id', []),
  route('/inner', [], { mountedAt: '/mounted/v1' }),
]

/** Where operators read why requests were refused. */
export const traceRoutes: readonly ContractRoute[] = [
  route('/internal/traces', ['read:traces'], { serves: 'traces' }),
  route('/internal/traces/:id', ['read:traces'], { serves: 'traces' }),
  route('/unguarded/:id', [], { serves: 'traces', guard: 'none' }),
]

/**
 * What a handler answers: proof that it got the caller, or null when it got none.
 *
 * @example
 * ```ts
 * import { contractAnswer } from '@acme/auth-conformance'
 * import { getAuth, requireAuth } from '@acme/auth-express'
 * import express from 'express'
 *
 * const app = express()
 * app.get('/any', requireAuth(), (request, response) => void response.json(contractAnswer(getAuth(request))))
 * ```
 */
export function contractAnswer(
  auth: { readonly subject: string | undefined; readonly scheme: string; readonly scopes: readonly string[] } | null,
): { sub: string | undefined; scheme: string; scopes: readonly string[] } | { sub: null } {
  return auth === null ? { sub: null } : { sub: auth.subject, scheme: auth.scheme, scopes: auth.scopes }
}
