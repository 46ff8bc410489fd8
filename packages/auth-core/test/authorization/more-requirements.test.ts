import { describe, expect, it } from 'vitest'

import { AuthError, describeRequirements, requirements } from '../../src/index.js'
import type { RequirementOptions, StandardSchema } from '../../src/index.js'
import { bearer, createWorld, errorOf, faultOf, refused } from '../support.js'

const { server, issuer } = await createWorld({
  scopeHierarchy: { admin: 'write:a superuser', 'write:a': ['read:a'], superuser: 'admin' },
})

/** The reason of the refusal, or `ok`. */
async function judge(options: RequirementOptions, claims: object = {}): Promise<string> {
  const outcome = await answer(options, claims)
  return outcome.ok ? 'ok' : outcome.error.reason
}

async function answer(options: RequirementOptions, claims: object): ReturnType<typeof server.authenticate> {
  return server.authenticate(bearer(await issuer.accessToken({ claims: { ...claims } })), server.requirements(options))
}

async function refusal(options: RequirementOptions, claims: object): Promise<ReturnType<typeof refused>> {
  return refused(await answer(options, claims))
}

describe('allOf, anyOf, not: the truth table', () => {
  const T = { scopes: 'yes' }
  const F = { scopes: 'no' }
  const rows: readonly (readonly [RequirementOptions, boolean])[] = [
    [{ allOf: [T, T] }, true],
    [{ allOf: [T, F] }, false],
    [{ allOf: [F, T] }, false],
    [{ allOf: [F, F] }, false],
    [{ anyOf: [T, T] }, true],
    [{ anyOf: [T, F] }, true],
    [{ anyOf: [F, T] }, true],
    [{ anyOf: [F, F] }, false],
    [{ not: T }, false],
    [{ not: F }, true],
    [{ not: { not: T } }, true],
    [{ not: { not: F } }, false],
    [{ not: { allOf: [T, F] } }, true],
    [{ not: { allOf: [T, T] } }, false],
    [{ not: { anyOf: [F, F] } }, true],
    [{ not: { anyOf: [F, T] } }, false],
    [{ allOf: [{ anyOf: [F, T] }, { not: F }] }, true],
    [{ allOf: [{ anyOf: [F, T] }, { not: T }] }, false],
    [{ anyOf: [{ allOf: [T, F] }, { not: F }] }, true],
    [{ anyOf: [{ allOf: [T, F] }, { not: T }] }, false],
    [{ ...T, anyOf: [T, F] }, true],
    [{ ...F, anyOf: [T, F] }, false],
    [{ ...T, allOf: [T], anyOf: [T], not: F }, true],
    [{ ...T, allOf: [T], anyOf: [F], not: F }, false],
  ]

  it.each(rows)('%j: %s', async (options, holds) => {
    expect((await judge(options, { scope: 'yes' })) === 'ok').toBe(holds)
  })

  it.each(rows)('%j: %s, where an engine has to be asked', async (options, holds) => {
    const slow = (given: unknown): unknown => {
      if (typeof given !== 'object' || given === null || Array.isArray(given)) {
        return Array.isArray(given) ? given.map(slow) : given
      }
      const { scopes, ...others } = given as { scopes?: string }
      const members = Object.entries(others).map(([name, value]) => [name, slow(value)] as const)
      return {
        ...Object.fromEntries(members),
        ...(scopes !== undefined && { authorize: () => Promise.resolve(scopes === 'yes') }),
      }
    }
    expect((await judge(slow(options) as RequirementOptions)) === 'ok').toBe(holds)
  })

  it('take scopes as text, and what requirements() made', async () => {
    const policy = requirements({ roles: 'editor' })
    expect(await judge({ allOf: ['a', policy] }, { scope: 'a', roles: ['editor'] })).toBe('ok')
    expect(await judge({ allOf: ['a', policy] }, { scope: 'a' })).toBe('role_missing')
    expect(server.requirements(policy)).toBe(policy)
  })

  it('pass on that DPoP is required, of all', () => {
    expect(server.requirements({ allOf: [{ dpop: 'required' }] }).dpopRequired).toBe(true)
  })
})

describe('one challenge for all that is missing', () => {
  it.each([
    [{ scopes: 'a', acr: 'm', maxAge: 60 }, {}, 401, 'acr_values="m", max_age="60", scope="a"'],
    [{ allOf: ['a', 'b'], scopes: 'c' }, { scope: 'a' }, 403, 'scope="c a b"'],
    [{ anyOf: [{ roles: 'r' }, 'b'], scopes: 'c' }, { scope: 'c' }, 403, 'scope="c b"'],
    [{ allOf: [{ acr: 'm h' }, { acr: 'h', maxAge: 9 }, { maxAge: 5 }] }, {}, 401, 'acr_values="h", max_age="5"'],
  ])('%j of %j', async (options, claims, status, parameters) => {
    const { headers, ...outcome } = await refusal(options, claims)
    expect([outcome.status, headers['www-authenticate']?.includes(`, ${parameters}, DPoP`)]).toEqual([status, true])
  })

  it.each<RequirementOptions>([
    { scopes: 'a', permissions: 'p' },
    { acr: 'm', roles: 'r' },
    { scopes: 'a', claims: { org: 'o' } },
    { scopes: 'a', authorizationDetails: 'payment' },
    { acr: 'm', actor: 'client-1' },
    { maxAge: 1, clientCredentials: true },
    { scopes: 'a', not: { claims: { iss: issuer.issuer } } },
    { anyOf: [{ scopes: 'a', roles: 'r' }, { permissions: 'p' }] },
  ])('asks for nothing where that would not help: %j', async (options) => {
    const { status, headers } = await refusal(options, {})
    expect(status).toBe(403)
    expect(headers['www-authenticate']).not.toMatch(/scope="|acr_values|max_age/)
  })

  it('tells the operator all of it', async () => {
    const { error } = await refusal({ scopes: 'a', permissions: 'p', claims: { org: 'o', team: 't' } }, { team: 'x' })
    expect(error.detail).toBe('lacks a; lacks p; claim org is missing; claim team does not meet the requirement')
  })
})

describe('scopes that imply others', () => {
  it.each([
    ['admin', 'read:a', 'ok'],
    ['admin', 'write:a', 'ok'],
    ['admin', 'admin superuser', 'ok'],
    ['superuser', 'read:a', 'ok'],
    ['write:a', 'read:a', 'ok'],
    ['read:a', 'write:a', 'scope_missing'],
    ['administrator', 'read:a', 'scope_missing'],
    ['constructor', 'read:a', 'scope_missing'],
  ])('%s for %s: %s', async (scope, scopes, outcome) => {
    expect(await judge({ scopes }, { scope })).toBe(outcome)
    expect(await judge({ anyScope: scopes.split(' ') }, { scope })).toBe(outcome)
  })

  it('are no permissions, and not in auth.scopes', async () => {
    expect(await judge({ permissions: 'read:a' }, { scope: 'admin', permissions: ['admin'] })).toBe(
      'permission_missing',
    )
    const outcome = await answer({ scopes: 'read:a' }, { scope: 'admin' })
    expect(outcome.ok && outcome.auth?.scopes).toEqual(['admin'])
  })

  it.each([{}, [], 'a', { admin: '' }, { admin: undefined }, { 'a b': 'c' }, { '': 'c' }, { a: [1] }])(
    'refuses %j at creation',
    async (scopeHierarchy) => {
      const fault = await faultOf(() => createWorld({ scopeHierarchy: scopeHierarchy as Record<string, string> }))
      expect([fault.name, fault.message]).toEqual(['TypeError', expect.stringMatching(/^scopeHierarchy/)])
    },
  )

  it('is quick with a thousand scopes', async () => {
    const scope = Array.from({ length: 1000 }, (_, index) => `scope:${index}`).join(' ')
    expect(await judge({ scopes: 'scope:999' }, { scope })).toBe('ok')
    expect(await judge({ scopes: 'scope:1000' }, { scope })).toBe('scope_missing')
  })
})

function schema(validate: (value: unknown) => unknown): StandardSchema {
  return { '~standard': { version: 1, vendor: 'test', validate } } as StandardSchema
}

const isText = schema((value) => (typeof value === 'string' ? { value } : { issues: [{ message: 'want text' }] }))

describe('claims', () => {
  it.each([
    [isText, 'a', 'ok'],
    [isText, 1, 'claim_missing'],
    [isText, undefined, 'claim_missing'],
    [schema(async (value) => ({ value })), 1, 'ok'],
    [schema(async () => ({ issues: [{ message: 'no' }] })), 1, 'claim_missing'],
    [Object.assign(() => true, isText), 1, 'claim_missing'],
  ])('by a schema: %#', async (org, value, outcome) => {
    expect(await judge({ claims: { org } }, value === undefined ? {} : { org: value })).toBe(outcome)
  })

  it.each([
    [
      () => {
        throw new RangeError('bug')
      },
      'RangeError',
    ],
    [() => Promise.reject(new RangeError('bug')), 'RangeError'],
    [() => undefined, 'Error'],
    [() => 'yes', 'Error'],
  ])('a schema that fails is a fault: %#', async (validate, name) => {
    expect((await faultOf(() => judge({ claims: { org: schema(validate) } }))).name).toBe(name)
  })

  it.each([
    [['org', 'id'], { org: { id: 'x' } }, 'ok'],
    [['org', 'id'], { org: { id: ['y', 'x'] } }, 'ok'],
    [['org', 'id'], { 'org.id': 'x' }, 'claim_missing'],
    [['org', 'id'], { org: 'x' }, 'claim_missing'],
    [['org', 'id'], { org: [{ id: 'x' }] }, 'claim_missing'],
    [['org', 'id'], {}, 'claim_missing'],
    [['org', 'constructor'], { org: {} }, 'claim_missing'],
    [['org', '__proto__'], { org: {} }, 'claim_missing'],
  ])('at path %j of %j: %s', async (path, claims, outcome) => {
    expect(await judge({ claims: [{ path, value: 'x' }] }, claims)).toBe(outcome)
  })
})

describe('authorization details (RFC 9396)', () => {
  const small = { type: 'payment', amount: 5 }
  it.each<readonly [RequirementOptions['authorizationDetails'] & object, unknown, string]>([
    [{ type: 'payment', matches: ({ amount }) => amount === 5 }, [small], 'ok'],
    [{ type: 'payment', matches: ({ amount }) => amount === 5 }, [{ type: 'payment' }, small], 'ok'],
    [
      { type: 'payment', matches: ({ amount }) => amount === 5 },
      [{ type: 'other', amount: 5 }],
      'authorization_details_missing',
    ],
    [{ type: 'payment', matches: () => 1 as unknown as boolean }, [small], 'authorization_details_missing'],
    [{ type: 'payment', matches: schema(async (v) => (v === null ? {} : { value: v })) }, [small], 'ok'],
    [
      { type: 'payment', matches: schema(async () => ({ issues: [{ message: 'x' }] })) },
      [small, small],
      'authorization_details_missing',
    ],
    [[{ type: 'payment' }, { type: 'account' }], [small], 'authorization_details_missing'],
    [[{ type: 'payment' }, { type: 'account' }], [small, { type: 'account' }], 'ok'],
    [{ type: 'payment' }, [null, 1, 'payment', [], small], 'ok'],
    [{ type: 'payment' }, [null, 1, 'payment', []], 'authorization_details_missing'],
    [{ type: 'payment' }, JSON.stringify([small]), 'authorization_details_missing'],
  ])('%# ', async (authorizationDetails, details, outcome) => {
    expect(await judge({ authorizationDetails }, { authorization_details: details })).toBe(outcome)
  })

  it('are in the context', async () => {
    const outcome = await answer({}, { authorization_details: [small, 'x'] })
    expect(outcome.ok && outcome.auth?.authorizationDetails).toEqual([small])
    const none = await answer({}, { authorization_details: small })
    expect(none.ok && none.auth?.authorizationDetails).toEqual([])
  })
})

describe('delegation (RFC 8693 §4.1)', () => {
  let long: object = { sub: 'c' }
  for (let index = 0; index < 40; index++) long = { sub: 'c', act: long }

  it.each([
    [{ actor: 'c' }, { sub: 'c' }, 'ok'],
    [{ actor: ['b', 'c'] }, { sub: 'c' }, 'ok'],
    [{ actor: 'c' }, { sub: 'C' }, 'actor_missing'],
    [{ actor: 'c' }, {}, 'actor_missing'],
    [{ actor: 'c' }, { sub: ['c'] }, 'actor_missing'],
    [{ actor: 'c' }, undefined, 'actor_missing'],
    [{ actor: 'c' }, { sub: 'b', act: { sub: 'c' } }, 'actor_missing'],
    [{ actor: false }, undefined, 'ok'],
    [{ actor: false }, {}, 'actor_missing'],
    [{ actor: false }, null, 'actor_missing'],
    [{ actor: false }, 'c', 'actor_missing'],
    [{ maxDelegation: 1 }, { sub: 'c' }, 'ok'],
    [{ maxDelegation: 1 }, { sub: 'c', act: { sub: 'b' } }, 'actor_missing'],
    [{ maxDelegation: 0 }, undefined, 'ok'],
    [{ maxDelegation: 0 }, { sub: 'c' }, 'actor_missing'],
    [{ maxDelegation: 32 }, { sub: 'c', act: 'b' }, 'actor_missing'],
  ] as const)('%j of %j: %s', async (options, act, outcome) => {
    expect(await judge(options, act === undefined ? {} : { act })).toBe(outcome)
  })

  it('is refused with its token where it is nested without end', async () => {
    expect(await judge({ maxDelegation: 32 }, { act: long })).toBe('token_invalid')
  })

  it('is in the context, the current actor first', async () => {
    const outcome = await answer({}, { act: { sub: 'c', iss: 'i', act: { client_id: 'b' } } })
    const auth = outcome.ok ? outcome.auth : null
    expect(auth?.actor).toEqual({ subject: 'c', issuer: 'i', clientId: undefined })
    expect(auth?.delegation).toEqual([auth?.actor, { subject: undefined, issuer: undefined, clientId: 'b' }])
  })

  it('that cannot be read is an unknown actor, and not none', async () => {
    const outcome = await answer({}, { act: 'c' })
    expect(outcome.ok && outcome.auth?.actor).toEqual({ subject: undefined, issuer: undefined, clientId: undefined })
    const none = await answer({}, {})
    expect(none.ok && [none.auth?.actor, none.auth?.delegation]).toEqual([undefined, []])
  })
})

describe('a policy engine', () => {
  it.each([
    [() => true, 'ok'],
    [async () => true, 'ok'],
    [() => false, 'access_denied'],
    [async () => false, 'access_denied'],
    [() => 1, 'policy_unavailable'],
    [() => undefined, 'policy_unavailable'],
    [async () => 'true', 'policy_unavailable'],
    [
      () => {
        throw new Error('down')
      },
      'policy_unavailable',
    ],
    [
      () => {
        throw null
      },
      'policy_unavailable',
    ],
    [() => Promise.reject(new Error('down')), 'policy_unavailable'],
    [() => Promise.reject(undefined), 'policy_unavailable'],
    // Not even an error of ours is the caller's: it may be of another request.
    [
      () => {
        throw new AuthError('credentials_missing')
      },
      'policy_unavailable',
    ],
    [() => Promise.reject(new AuthError('token_expired')), 'policy_unavailable'],
    [() => ({ then: (resolve: (value: unknown) => void) => resolve(true) }), 'ok'],
  ])('%s: %s', async (authorize, outcome) => {
    expect(await judge({ authorize: authorize as () => boolean })).toBe(outcome)
  })

  it('that is down is 503, with the cause for the operator', async () => {
    const cause = new Error('connect ECONNREFUSED')
    const { status, headers, error } = await refusal({ authorize: () => Promise.reject(cause) }, {})
    expect([status, headers['retry-after'], headers['www-authenticate'], error.cause]).toEqual([
      503,
      '5',
      undefined,
      cause,
    ])
  })

  it('is told of the caller and the request, and asked last', async () => {
    const asked: unknown[] = []
    const authorize: RequirementOptions['authorize'] = (auth, { method, path }) =>
      asked.push([auth.subject, method, path]) > 0
    expect(await judge({ scopes: 'a', authorize }, {})).toBe('scope_missing')
    expect(await judge({ anyOf: [{ scopes: 'a', authorize }, { roles: 'r' }] }, {})).toBe('scope_missing')
    expect(asked).toEqual([])
    expect(await judge({ scopes: 'a', authorize }, { scope: 'a' })).toBe('ok')
    expect(asked).toEqual([['user-1', 'GET', expect.stringMatching(/^\//)]])
  })

  it('within not fails closed too', async () => {
    expect(await judge({ not: { authorize: () => Promise.reject(new Error('down')) } })).toBe('policy_unavailable')
    expect(await judge({ anyOf: [{ authorize: () => Promise.reject(new Error('down')) }, 'a'] }, { scope: 'a' })).toBe(
      'policy_unavailable',
    )
  })
})

describe('bad requirements throw a TypeError', () => {
  it.each([
    [{ allOf: [] }, 'allOf'],
    [{ allOf: 'a' }, 'allOf'],
    [{ anyOf: [1] }, 'anyOf'],
    [{ anyOf: [{ scope: 'a' }] }, 'anyOf: unknown option "scope"'],
    [{ anyOf: [{ dpop: 'required' }, 'a'] }, "anyOf: dpop: 'required' cannot"],
    [{ not: { allOf: [{ dpop: 'required' }] } }, "not: dpop: 'required' cannot"],
    [{ not: {} }, 'not: got'],
    [{ not: { allOf: [{}] } }, 'not: got'],
    [{ anyOf: ['a', {}] }, 'anyOf: got'],
    [{ anyOf: ['a', { allOf: [{}] }] }, 'anyOf: got'],
    [{ not: undefined }, 'not: got undefined'],
    [{ allOf: [{ ...requirements('a') }] }, 'allOf: unknown option'],
    [{ authorize: true }, 'authorize'],
    [{ actor: '' }, 'actor'],
    [{ actor: [] }, 'actor'],
    [{ actor: true }, 'actor'],
    [{ maxDelegation: -1 }, 'maxDelegation'],
    [{ maxDelegation: 1.5 }, 'maxDelegation'],
    [{ authorizationDetails: [] }, 'authorizationDetails'],
    [{ authorizationDetails: {} }, 'authorizationDetails.type'],
    [{ authorizationDetails: { type: 'a', matches: 1 } }, 'authorizationDetails.matches'],
    [{ authorizationDetails: { type: 'a', match: 1 } }, 'authorizationDetails: unknown'],
    [{ claims: [] }, 'claims'],
    [{ claims: [{ path: [], value: 1 }] }, 'claims.path'],
    [{ claims: [{ path: 'a', value: 1 }] }, 'claims.path'],
    [{ claims: [{ path: ['a'], value: undefined }] }, 'claims.value'],
    [{ claims: [{ path: ['a'] }] }, 'claims.a'],
  ])('%j', async (options, message) => {
    const fault = await faultOf(() => requirements(options as RequirementOptions))
    expect([fault.name, fault.message.slice(0, message.length)]).toEqual(['TypeError', message])
  })

  it('optional() stands alone', async () => {
    const { optional } = await import('../../src/index.js')
    expect((await faultOf(() => requirements({ allOf: [optional()] }))).message).toMatch(/^allOf: optional\(\)/)
  })

  it('a copy of requirements demands nothing, so it is refused', async () => {
    const copy = { ...requirements('a') }
    const token = await issuer.accessToken({ scope: 'a' })
    expect((await faultOf(() => server.authenticate(bearer(token), copy))).message).toMatch(/^requirements: want what/)
  })
})

it('all of them can be said in words', () => {
  const words = describeRequirements(
    requirements({
      claims: [{ path: ['org', 'id'], value: 'x' }],
      authorizationDetails: 'payment',
      actor: ['a', 'b'],
      maxDelegation: 2,
      allOf: ['s'],
      anyOf: ['t', { roles: 'r' }],
      not: { roles: 'x' },
      authorize: () => true,
    }),
  )
  expect(words).toBe(
    'claim org.id, authorization details payment, actor a or b, at most 2 actors, scope s, one of (scope t; role r), not (role x), a policy engine',
  )
  expect(describeRequirements(requirements({ actor: false }))).toBe('no actor')
})

it('a refusal by an engine is no error of the caller that is thrown', async () => {
  const error = await errorOf(async () => {
    const token = await issuer.accessToken({})
    await server.verifyRequest(bearer(token), server.requirements({ authorize: () => false }))
  })
  expect([error.reason, error.code]).toEqual(['access_denied', 'AUTH_1013'])
})

describe('what cannot be told is not known to be excluded', () => {
  it.each<readonly [RequirementOptions, object]>([
    [{ claims: { banned: (async (value: unknown) => value === true) as unknown as () => boolean } }, { banned: true }],
    [{ claims: { banned: ((value: unknown) => value && 1) as unknown as () => boolean } }, { banned: true }],
    [{ claims: { banned: (() => undefined) as unknown as () => boolean } }, { banned: true }],
    [
      {
        authorizationDetails: {
          type: 'pay',
          matches: ((detail: { amount: unknown }) => detail.amount) as unknown as () => boolean,
        },
      },
      { authorization_details: [{ type: 'pay', amount: 5 }] },
    ],
    [{ actor: 'evil' }, { act: { sub: 'evil', act: 'x' } }],
    [{ actor: false }, { act: 'x' }],
    [{ anyOf: ['none', { actor: 'evil' }] }, { act: 'x' }],
  ])('not %j', async (options, claims) => {
    expect(await judge(options, claims)).not.toBe('ok')
    expect(await judge({ not: options }, claims)).toBe('access_denied')
  })

  it('and a plain no is a no', async () => {
    expect(await judge({ not: { claims: { banned: () => false } } })).toBe('ok')
    expect(await judge({ not: { actor: 'evil' } }, { act: { sub: 'good' } })).toBe('ok')
  })
})

describe('an error of ours that a function throws', () => {
  const thrown = new AuthError('token_expired', { parameters: { scope: 'x", realm="evil' } })
  it.each<RequirementOptions>([
    {
      claims: {
        org: () => {
          throw thrown
        },
      },
    },
    { claims: { org: schema(() => Promise.reject(thrown)) } },
    {
      claims: {
        org: schema(() => {
          throw thrown
        }),
      },
    },
    {
      authorizationDetails: {
        type: 'a',
        matches: () => {
          throw thrown
        },
      },
    },
  ])('is a fault, and never a refusal: %#', async (options) => {
    const fault = await faultOf(() => judge(options, { authorization_details: [{ type: 'a' }] }))
    expect([fault.name, fault.cause]).toEqual(['Error', thrown])
  })
})

describe('a challenge asks for what the whole route wants of a login', () => {
  it.each([
    [{ allOf: [{ acr: 'a b' }, { acr: 'b c' }] }, { acr: 'a' }, 'acr_values="b"'],
    [{ allOf: [{ acr: 'a' }, { maxAge: 10 }] }, { acr: 'a' }, 'acr_values="a", max_age="10"'],
    [{ acr: 'a', allOf: [{ maxAge: 10 }, { maxAge: 5 }] }, { acr: 'a' }, 'acr_values="a", max_age="5"'],
  ])('%j', async (options, claims, parameters) => {
    const { headers } = await refusal(options, claims)
    expect(headers['www-authenticate']).toContain(`, ${parameters}, DPoP`)
  })
})

it('requirements are not changed by changing what they were made of', async () => {
  const list = ['org_1']
  const all = ['a']
  const wanted = [requirements({ claims: { org: list } }), requirements({ claims: { org: { all } } })]
  list.push('org_2')
  all.length = 0
  for (const one of wanted) expect(await judge({ allOf: [one] }, { org: 'org_2' })).toBe('claim_missing')
})

it.each([{ anyOf: ['a', {}] }, { anyOf: [{ roles: 'r' }, { clientCredentials: false }] }])(
  'an alternative that asks for nothing is refused: %j',
  async (options) => {
    expect((await faultOf(() => requirements(options))).message).toMatch(/^anyOf: got/)
  },
)
