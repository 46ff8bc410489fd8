import { describe, expect, it } from 'vitest'
import { TokenAuthContext } from '../../src/outcome/auth-context.js'
import { unmetRequirement } from '../../src/authorization/unmet-requirement.js'
import { requirements } from '../../src/authorization/all-requirements.js'
import type { ClaimRequirement, RequirementOptions } from '../../src/authorization/requirement-types.js'
import {
  AUDIENCE,
  NOW,
  commonHeaders,
  createWorld,
  bearer,
  errorOf,
  faultOf,
  refused,
  verifiedToken,
} from '../support.js'

const world = await createWorld()

const JUDGING = {
  now: NOW,
  clockTolerance: 5,
  request: bearer('t'),
  grantedScopes: (scopes: readonly string[]): readonly string[] => scopes,
}

async function check(
  options: RequirementOptions,
  claims: Readonly<Record<string, unknown>>,
  scheme: 'Bearer' | 'DPoP' = 'Bearer',
): Promise<void> {
  const auth = new TokenAuthContext(await verifiedToken(world, claims), { scheme, token: 't', thumbprint: undefined })
  const unmet = await unmetRequirement(auth, requirements(options), JUDGING)
  if (unmet !== undefined) throw unmet
}

async function reasonOf(...args: Parameters<typeof check>): Promise<string> {
  try {
    await check(...args)
    return 'ok'
  } catch {
    return (await errorOf(() => check(...args))).reason
  }
}

describe('scopes', () => {
  it.each([
    ['a', 'a', 'ok'],
    ['a b', 'b a', 'ok'],
    ['a b', ['a', 'b', 'c'], 'ok'],
    ['a b', 'a', 'scope_missing'],
    ['a b', 'b', 'scope_missing'],
    ['a', undefined, 'scope_missing'],
    ['a', '', 'scope_missing'],
    ['a', [], 'scope_missing'],
    ['a', 'A', 'scope_missing'],
    ['read:messages', 'read:messages:all', 'scope_missing'],
    ['read:messages', 'all:read:messages', 'scope_missing'],
    ['read:messages', 'read:message', 'scope_missing'],
    ['read:messages', 'read:*', 'scope_missing'],
    ['read:messages', '*', 'scope_missing'],
    ['read:messages', 'read:messages,write:messages', 'scope_missing'],
    ['read:messages', 'read:messages\twrite:messages', 'scope_missing'],
    ['a', ['a b'], 'scope_missing'],
    ['length', ['a'], 'scope_missing'],
    ['0', ['a'], 'scope_missing'],
    ['constructor', 'a', 'scope_missing'],
    ['__proto__', 'a', 'scope_missing'],
  ])('%s of %o: %s', async (scopes, scope, outcome) => {
    expect(await reasonOf({ scopes }, scope === undefined ? {} : { scope })).toBe(outcome)
  })

  it.each([
    ['a', 'ok'],
    ['x b', 'ok'],
    ['ab', 'scope_missing'],
    ['', 'scope_missing'],
  ])('any of a and b, of %s: %s', async (scope, outcome) => {
    expect(await reasonOf({ anyScope: 'a b' }, { scope })).toBe(outcome)
  })

  it('are not found among permissions, nor permissions among scopes', async () => {
    expect(await reasonOf({ scopes: 'a' }, { permissions: ['a'] })).toBe('scope_missing')
    expect(await reasonOf({ permissions: 'a' }, { scope: 'a' })).toBe('permission_missing')
  })

  it('are all in the challenge, whichever is missing', async () => {
    const error = await errorOf(() => check({ scopes: 'a b', anyScope: 'b c' }, { scope: 'a c' }))
    expect([error.reason, error.parameters, error.detail]).toEqual(['scope_missing', { scope: 'a b c' }, 'lacks b'])
  })

  it('are not in the challenge of what wider scopes would not mend', async () => {
    for (const options of [
      { permissions: 'p' },
      { anyPermission: 'p q' },
      { claims: { org: 'o' } },
      { clientCredentials: true },
    ]) {
      const error = await errorOf(() => check({ scopes: 'a b', ...options }, { scope: 'a b' }))
      expect([error.status, error.error, error.parameters]).toEqual([403, 'insufficient_scope', {}])
      expect((await errorOf(() => check({ scopes: 'a b', ...options }, { scope: 'a' }))).parameters).toEqual({})
      expect((await errorOf(() => check(options, {}))).parameters).toEqual({})
    }
  })
})

describe('permissions', () => {
  it.each([
    [{ permissions: 'p q' }, ['p', 'q'], 'ok'],
    [{ permissions: 'p q' }, ['p'], 'permission_missing'],
    [{ permissions: 'p' }, 'p', 'permission_missing'],
    [{ permissions: 'p' }, { p: true }, 'permission_missing'],
    [{ permissions: 'p' }, [['p']], 'permission_missing'],
    [{ permissions: 'p' }, ['p q'], 'permission_missing'],
    [{ permissions: 'p' }, [], 'permission_missing'],
    [{ permissions: 'p' }, null, 'permission_missing'],
    [{ anyPermission: 'p q' }, ['q'], 'ok'],
    [{ anyPermission: 'p q' }, ['r'], 'permission_missing'],
    [{ permissions: 'p', anyPermission: 'q r' }, ['p'], 'permission_missing'],
    [{ permissions: 'p', anyPermission: 'q r' }, ['q'], 'permission_missing'],
  ])('%o of %o: %s', async (options, permissions, outcome) => {
    expect(await reasonOf(options, { permissions })).toBe(outcome)
  })
})

describe('roles', () => {
  it.each([
    [{ roles: 'p q' }, ['p', 'q'], 'ok'],
    [{ roles: 'p q' }, ['p'], 'role_missing'],
    [{ roles: ['p'] }, 'p', 'ok'],
    [{ roles: ['a role'] }, 'a role', 'ok'],
    [{ roles: ['a role'] }, ['a role'], 'ok'],
    [{ roles: ['Müller'] }, ['Müller'], 'ok'],
    [{ roles: 'p' }, 'p q', 'role_missing'],
    [{ roles: 'p' }, { p: true }, 'role_missing'],
    [{ roles: 'p' }, [['p']], 'role_missing'],
    [{ roles: 'p' }, ['P'], 'role_missing'],
    [{ roles: 'p' }, ['p q'], 'role_missing'],
    [{ roles: 'p' }, [], 'role_missing'],
    [{ roles: 'p' }, undefined, 'role_missing'],
    [{ roles: 'length' }, ['p'], 'role_missing'],
    [{ anyRole: 'p q' }, ['q'], 'ok'],
    [{ anyRole: 'p q' }, ['r'], 'role_missing'],
    [{ roles: 'p', anyRole: 'q r' }, ['p'], 'role_missing'],
    [{ roles: 'p', anyRole: 'q r' }, ['q'], 'role_missing'],
  ])('%o of %o: %s', async (options, roles, outcome) => {
    expect(await reasonOf(options, { roles })).toBe(outcome)
  })

  it('are not found among scopes, permissions and groups', async () => {
    expect(await reasonOf({ roles: 'a' }, { scope: 'a', permissions: ['a'], groups: ['a'] })).toBe('role_missing')
    expect(await reasonOf({ scopes: 'a' }, { roles: ['a'] })).toBe('scope_missing')
    expect(await reasonOf({ permissions: 'a' }, { roles: ['a'] })).toBe('permission_missing')
  })

  it('that are missing are named in the detail', async () => {
    const error = await errorOf(() => check({ scopes: 'a', roles: ['p', 'a role'] }, { scope: 'a', roles: ['p'] }))
    expect([error.status, error.code, error.error, error.parameters, error.detail]).toEqual([
      403,
      'AUTH_1010',
      'insufficient_scope',
      {},
      'lacks "a role"',
    ])
  })
})

describe('what is wrong is told from what is missing', () => {
  it.each([
    [{ acr: 'm h' }, {}, 'acr is missing, wanted is "m" "h"'],
    [{ acr: 'm' }, { acr: 'p' }, 'acr is "p", wanted is "m"'],
    [{ maxAge: 300 }, {}, 'auth_time is missing, want seconds since the epoch'],
    [{ maxAge: 300 }, { auth_time: '1' }, 'auth_time is "1", want seconds since the epoch'],
    [{ maxAge: 300 }, { auth_time: NOW - 600 }, 'auth_time is 600 s ago; at most 300 s, tolerance 5 s'],
    [{ claims: { org: 'o' } }, {}, 'claim org is missing'],
    [{ claims: { org: 'o' } }, { org: 'p' }, 'claim org does not meet the requirement'],
    [{ clientCredentials: true }, {}, "the token does not carry its issuer's mark of machines"],
  ])('%o of %o: %s', async (options, claims, detail) => {
    expect((await errorOf(() => check(options, claims))).detail).toBe(detail)
  })
})

describe('claims', () => {
  const values: readonly (readonly [ClaimRequirement, unknown, string])[] = [
    ['o', 'o', 'ok'],
    ['o', ['x', 'o'], 'ok'],
    [['o', 'p'], 'p', 'ok'],
    [['o', 'p'], ['x', 'p'], 'ok'],
    [1, 1, 'ok'],
    [false, false, 'ok'],
    ['o', 'O', 'claim_missing'],
    ['o', undefined, 'claim_missing'],
    ['o', null, 'claim_missing'],
    ['o', [], 'claim_missing'],
    ['o', ['x'], 'claim_missing'],
    ['o', [['o']], 'claim_missing'],
    ['o', { o: 'o' }, 'claim_missing'],
    ['o', 'o p', 'claim_missing'],
    [1, '1', 'claim_missing'],
    ['1', 1, 'claim_missing'],
    [true, 'true', 'claim_missing'],
    [true, 1, 'claim_missing'],
    [false, undefined, 'claim_missing'],
    [0, '', 'claim_missing'],
    [['o', 'p'], 'o,p', 'claim_missing'],
    [null, null, 'ok'],
    [null, ['x', null], 'ok'],
    [['o', null], null, 'ok'],
    [null, undefined, 'claim_missing'],
    [null, '', 'claim_missing'],
    [null, 'null', 'claim_missing'],
    [null, [], 'claim_missing'],
    [{ all: ['a', 'b'] }, ['b', 'x', 'a'], 'ok'],
    [{ all: ['a'] }, 'a', 'ok'],
    [{ all: [null, 1] }, [1, null], 'ok'],
    [{ all: ['a', 'b'] }, ['a'], 'claim_missing'],
    [{ all: ['a', 'b'] }, 'a b', 'claim_missing'],
    [{ all: ['a', 'b'] }, undefined, 'claim_missing'],
    [{ all: ['a', 'b'] }, { a: 1, b: 2 }, 'claim_missing'],
    [{ all: ['1'] }, [1], 'claim_missing'],
  ]

  it.each(values)('%o of %o: %s', async (wanted, value, outcome) => {
    expect(await reasonOf({ claims: { org: wanted } }, value === undefined ? {} : { org: value })).toBe(outcome)
  })

  it('must all hold', async () => {
    expect(await reasonOf({ claims: { a: 1, b: 2 } }, { a: 1 })).toBe('claim_missing')
    expect(await reasonOf({ claims: { a: 1, b: 2 } }, { a: 1, b: 2 })).toBe('ok')
  })

  it.each(['constructor', '__proto__', 'toString', 'hasOwnProperty', 'valueOf'])(
    '%s is no claim unless the token has it',
    async (name) => {
      let given: unknown = 'never called'
      const look = (value: unknown): boolean => {
        given = value
        return value !== undefined
      }
      const claims = Object.fromEntries([[name, look]])
      expect(await reasonOf({ claims }, {})).toBe('claim_missing')
      expect(given).toBe(undefined)
    },
  )

  it.each([
    ['true', () => true, 'ok'],
    ['false', () => false, 'claim_missing'],
    ['1', () => 1, 'claim_missing'],
    ['a string', () => 'true', 'claim_missing'],
    ['an object', () => ({}), 'claim_missing'],
    ['undefined', () => undefined, 'claim_missing'],
    ['a promise of true', () => Promise.resolve(true), 'claim_missing'],
    // It must not end the process either, as a rejection that nobody handles does.
    ['a promise that rejects', () => Promise.reject(new Error('bug')), 'claim_missing'],
    ['a Boolean object', () => new Boolean(true), 'claim_missing'],
  ])('a predicate that answers %s: %s', async (_, predicate, outcome) => {
    expect(await reasonOf({ claims: { org: predicate as unknown as ClaimRequirement } }, { org: 'o' })).toBe(outcome)
  })

  it('a predicate gets the claim and all claims', async () => {
    const seen: unknown[] = []
    await check({ claims: { org: (...args) => seen.push(...args) === 2 } }, { org: 'o' })
    expect(seen).toEqual(['o', { iss: 'https://issuer.test/', aud: AUDIENCE, exp: NOW + 60, org: 'o' }])
  })

  it('a predicate that throws is a fault and no refusal', async () => {
    const fault = (): boolean => {
      throw new RangeError('bug')
    }
    expect((await faultOf(() => check({ claims: { org: fault } }, {}))).name).toBe('RangeError')
  })
})

describe('client credentials', () => {
  it.each([
    ['client-credentials', 'ok'],
    ['client_credentials', 'client_required'],
    ['Client-Credentials', 'client_required'],
    ['password', 'client_required'],
    [['client-credentials'], 'client_required'],
    [true, 'client_required'],
    [undefined, 'client_required'],
  ])('gty %o: %s', async (gty, outcome) => {
    expect(await reasonOf({ clientCredentials: true }, { gty })).toBe(outcome)
  })
})

describe('login (RFC 9470)', () => {
  it.each([
    [{ acr: 'm' }, { acr: 'm' }, 'ok'],
    [{ acr: 'm h' }, { acr: 'h' }, 'ok'],
    [{ acr: 'm' }, {}, 'login_insufficient'],
    [{ acr: 'm' }, { acr: 'M' }, 'login_insufficient'],
    [{ acr: 'm h' }, { acr: 'm h' }, 'login_insufficient'],
    [{ acr: 'm' }, { acr: ['m'] }, 'login_insufficient'],
    [{ acr: '1' }, { acr: 1 }, 'login_insufficient'],
    [{ maxAge: 300 }, { auth_time: NOW }, 'ok'],
    [{ maxAge: 300 }, { auth_time: NOW - 305 }, 'ok'],
    [{ maxAge: 300 }, { auth_time: NOW - 305.001 }, 'login_insufficient'],
    [{ maxAge: 0 }, { auth_time: NOW - 5 }, 'ok'],
    [{ maxAge: 0 }, { auth_time: NOW - 6 }, 'login_insufficient'],
    [{ maxAge: 300 }, {}, 'login_insufficient'],
    [{ maxAge: 300 }, { auth_time: String(NOW) }, 'login_insufficient'],
    [{ maxAge: 300 }, { auth_time: null }, 'login_insufficient'],
    [{ maxAge: 300 }, { auth_time: [NOW] }, 'login_insufficient'],
    [{ maxAge: 300 }, { auth_time: true }, 'login_insufficient'],
    [{ acr: 'm', maxAge: 300 }, { acr: 'm', auth_time: NOW - 600 }, 'login_insufficient'],
    [{ acr: 'm', maxAge: 300 }, { auth_time: NOW }, 'login_insufficient'],
  ])('%o of %o: %s', async (options, claims, outcome) => {
    expect(await reasonOf(options, claims)).toBe(outcome)
  })

  it('the challenge says what is wanted', async () => {
    expect((await errorOf(() => check({ acr: 'm h', maxAge: 300, scopes: 'a' }, {}))).parameters).toEqual({
      acr_values: 'm h',
      max_age: '300',
      scope: 'a',
    })
    expect((await errorOf(() => check({ acr: 'm' }, {}))).parameters).toEqual({ acr_values: 'm' })
    expect((await errorOf(() => check({ maxAge: 0 }, {}))).parameters).toEqual({ max_age: '0' })
  })
})

describe('on the wire', () => {
  it('403 lists all required scopes, for the scheme that was used', async () => {
    const { server, issuer } = await createWorld()
    const outcome = await server.authenticate(
      bearer(await issuer.accessToken({ scope: 'a' })),
      server.requirements('a', 'b'),
    )
    const { status, headers, body } = refused(outcome)
    expect(status).toBe(403)
    expect(headers).toEqual({
      ...commonHeaders(body),
      'www-authenticate':
        'Bearer realm="api", error="insufficient_scope", error_description="The access token lacks a required scope", ' +
        'scope="a b", DPoP algs="ES256"',
    })
  })

  it('dpop: required refuses what came as Bearer', async () => {
    expect(await reasonOf({ dpop: 'required' }, {}, 'Bearer')).toBe('dpop_required')
    expect(await reasonOf({ dpop: 'required' }, {}, 'DPoP')).toBe('ok')
  })
})
