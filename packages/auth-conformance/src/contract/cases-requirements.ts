import { attack, demandedBy, honest } from './case.js'
import type { ContractCase } from './contract.js'
import { accepted } from './expectations.js'
import type { Expected } from './expectations.js'
import {
  clientRequired,
  loginInsufficient,
  missingClaim,
  missingPermission,
  missingRole,
  missingScope,
} from './refusals.js'

const now = (): number => Math.floor(Date.now() / 1000)
const withScopes = (...scopes: string[]): Expected => accepted({ sub: 'user-1', scheme: 'Bearer', scopes })
const scope = (names: string): { parameters: string } => ({ parameters: `, scope="${names}"` })
const login = { parameters: ', acr_values="urn:example:mfa", max_age="300"' }

/** What a route requires: RFC 6750 §3.1, RFC 9470 §3. */
export const requirementCases: readonly ContractCase[] = [
  ...demandedBy('RFC 6750 §3.1', [
    honest('the scope is there', withScopes('read:messages'), (c) => c.bearer({ scope: 'read:messages' }, '/read')),
    honest('the scope is one of several', withScopes('a', 'read:messages', 'b'), (c) =>
      c.bearer({ scope: 'a read:messages b' }, '/read'),
    ),
    honest('no scope at all', missingScope(scope('read:messages')), (c) => c.bearer({}, '/read')),
    honest('another scope', missingScope(scope('read:messages')), (c) =>
      c.bearer({ scope: 'write:messages' }, '/read'),
    ),
    attack('a scope that only begins like it', missingScope(scope('read:messages')), (c) =>
      c.bearer({ scope: 'read:messages:all' }, '/read'),
    ),
    attack('a scope that it only ends like', missingScope(scope('read:messages')), (c) =>
      c.bearer({ scope: 'messages' }, '/read'),
    ),
    attack('the scope in upper case', missingScope(scope('read:messages')), (c) =>
      c.bearer({ scope: 'READ:MESSAGES' }, '/read'),
    ),
    honest('both scopes', withScopes('read:messages', 'write:messages'), (c) =>
      c.bearer({ scope: 'read:messages write:messages' }, '/both'),
    ),
    attack('only the first of two scopes', missingScope(scope('read:messages write:messages')), (c) =>
      c.bearer({ scope: 'read:messages' }, '/both'),
    ),
    attack('only the second of two scopes', missingScope(scope('read:messages write:messages')), (c) =>
      c.bearer({ scope: 'write:messages' }, '/both'),
    ),
  ]),

  ...demandedBy('RFC 9449 §7.1', [
    honest('a DPoP token without the scope', missingScope({ scheme: 'DPoP', ...scope('read:messages') }), (c) =>
      c.dpop({}, '/read'),
    ),
  ]),

  ...demandedBy('RFC 9470 §3', [
    honest('a strong and recent login', withScopes(), (c) =>
      c.bearer({ claims: { acr: 'urn:example:mfa', auth_time: now() - 10 } }, '/step-up'),
    ),
    honest('a login that is too old', loginInsufficient(login), (c) =>
      c.bearer({ claims: { acr: 'urn:example:mfa', auth_time: now() - 600 } }, '/step-up'),
    ),
    honest('a login that is too weak', loginInsufficient(login), (c) =>
      c.bearer({ claims: { acr: 'urn:example:password', auth_time: now() - 10 } }, '/step-up'),
    ),
  ]),

  // What RFCs leave open.
  attack('two scopes as one entry of a list', missingScope(scope('read:messages write:messages')), (c) =>
    c.bearer({ claims: { scope: ['read:messages write:messages'] } }, '/both'),
  ),
  attack('one of two scopes that were given as one string', missingScope(scope('read:messages write:messages')), (c) =>
    c.bearer({ scope: 'read:messages' }, '/both-in-one'),
  ),
  honest('any of two scopes', withScopes('write:messages'), (c) => c.bearer({ scope: 'write:messages' }, '/any-scope')),
  honest('none of two scopes', missingScope(scope('read:messages write:messages')), (c) =>
    c.bearer({ scope: 'other' }, '/any-scope'),
  ),
  honest('both permissions', withScopes(), (c) =>
    c.bearer({ claims: { permissions: ['read:users', 'write:users'] } }, '/permission'),
  ),
  honest('one of two permissions', missingPermission(), (c) =>
    c.bearer({ claims: { permissions: ['read:users'] } }, '/permission'),
  ),
  honest('any of two permissions', withScopes(), (c) =>
    c.bearer({ claims: { permissions: ['write:users'] } }, '/any-permission'),
  ),
  honest('none of two permissions', missingPermission(), (c) =>
    c.bearer({ claims: { permissions: [] } }, '/any-permission'),
  ),
  attack('permissions as text', missingPermission(), (c) =>
    c.bearer({ claims: { permissions: 'read:users write:users' } }, '/permission'),
  ),
  attack('permissions as an object', missingPermission(), (c) =>
    c.bearer({ claims: { permissions: { 'read:users': true, 'write:users': true } } }, '/permission'),
  ),
  attack('permissions that are scopes only', missingPermission(), (c) =>
    c.bearer({ scope: 'read:users write:users' }, '/permission'),
  ),
  honest('both roles', withScopes(), (c) => c.bearer({ claims: { roles: ['account admin', 'editor'] } }, '/role')),
  honest('one of two roles', missingRole(), (c) => c.bearer({ claims: { roles: ['editor'] } }, '/role')),
  honest('no roles', missingRole(), (c) => c.bearer({}, '/role')),
  honest('any of two roles, as text', withScopes('read:messages'), (c) =>
    c.bearer({ scope: 'read:messages', claims: { roles: 'admin' } }, '/any-role'),
  ),
  honest('none of two roles, which wider scopes would not mend', missingRole(), (c) =>
    c.bearer({ scope: 'read:messages', claims: { roles: ['reader'] } }, '/any-role'),
  ),
  honest('a role without the scope', missingScope(scope('read:messages')), (c) =>
    c.bearer({ claims: { roles: ['admin'] } }, '/any-role'),
  ),
  attack('two roles as one text', missingRole(), (c) =>
    c.bearer({ scope: 'read:messages', claims: { roles: 'editor admin' } }, '/any-role'),
  ),
  attack('roles as an object', missingRole(), (c) =>
    c.bearer({ claims: { roles: { editor: true, 'account admin': true } } }, '/role'),
  ),
  attack('roles that are scopes and permissions only', missingRole(), (c) =>
    c.bearer({ scope: 'read:messages admin', claims: { permissions: ['admin'], groups: ['admin'] } }, '/any-role'),
  ),
  honest('the claim', withScopes(), (c) => c.bearer({ claims: { org_id: 'org_1' } }, '/claim')),
  honest('a claim that lists the value', withScopes(), (c) =>
    c.bearer({ claims: { org_id: ['org_0', 'org_1'] } }, '/claim'),
  ),
  honest('no such claim', missingClaim(), (c) => c.bearer({}, '/claim')),
  attack('another value of the claim', missingClaim(), (c) => c.bearer({ claims: { org_id: 'org_10' } }, '/claim')),
  attack('the claim as an object', missingClaim(), (c) => c.bearer({ claims: { org_id: { org_1: true } } }, '/claim')),
  honest('the scope and one of the claim values', withScopes('read:messages'), (c) =>
    c.bearer({ scope: 'read:messages', claims: { org_id: 'org_2' } }, '/scope-and-claim'),
  ),
  attack('the scope without the claim', missingClaim(), (c) =>
    c.bearer({ scope: 'read:messages' }, '/scope-and-claim'),
  ),
  attack('the claim without the scope', missingScope(scope('read:messages')), (c) =>
    c.bearer({ claims: { org_id: 'org_1' } }, '/scope-and-claim'),
  ),
  honest('a token from client credentials', withScopes(), (c) =>
    c.bearer({ claims: { gty: 'client-credentials' } }, '/client'),
  ),
  attack("a user's token for clients", clientRequired(), (c) => c.bearer({}, '/client')),
  attack('another grant for clients', clientRequired(), (c) =>
    c.bearer({ claims: { gty: ['client-credentials'] } }, '/client'),
  ),
  attack('no auth_time', loginInsufficient(login), (c) => c.bearer({ claims: { acr: 'urn:example:mfa' } }, '/step-up')),
  attack('auth_time as text', loginInsufficient(login), (c) =>
    c.bearer({ claims: { acr: 'urn:example:mfa', auth_time: '9999999999' } }, '/step-up'),
  ),
  honest("an application-wide guard, then a route's", withScopes('read:messages'), (c) =>
    c.bearer({ scope: 'read:messages' }, '/app/read'),
  ),
  honest(
    "an application-wide guard, then a route's, by DPoP: one proof, used once",
    accepted({ sub: 'user-1', scheme: 'DPoP', scopes: ['read:messages'] }),
    (c) => c.dpop({ token: { scope: 'read:messages' } }, '/app/read'),
  ),
  attack("the route's guard refuses what the application's let pass", missingScope(scope('read:messages')), (c) =>
    c.bearer({}, '/app/read'),
  ),
]
