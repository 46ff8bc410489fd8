import { describe, expect, it } from 'vitest'
import { optional, requirements } from '../../src/authorization/all-requirements.js'
import type { RequirementArguments } from '../../src/authorization/requirement-types.js'
import { createWorld, faultOf } from '../support.js'

const NONE = {
  scopes: [],
  anyScope: [],
  permissions: [],
  anyPermission: [],
  roles: [],
  anyRole: [],
  claims: [],
  acr: [],
  maxAge: undefined,
  dpopRequired: false,
  clientCredentials: false,
  authorizationDetails: [],
  actor: undefined,
  maxDelegation: undefined,
  allOf: [],
  anyOf: [],
  not: undefined,
  authorize: undefined,
  anyToken: true,
  optional: false,
}

function resolve(...args: unknown[]): ReturnType<typeof requirements> {
  return requirements(...(args as unknown as RequirementArguments)) // wrong ones are the point
}

describe('arguments of a guard', () => {
  it.each([
    ['none', [], []],
    ['one scope', ['a'], ['a']],
    ['two arguments: both are required', ['a', 'b'], ['a', 'b']],
    ['three arguments', ['a', 'b', 'c'], ['a', 'b', 'c']],
    ['a list', [['a', 'b']], ['a', 'b']],
    ['a string with a space', ['a b'], ['a', 'b']],
    ['strings with spaces', ['a b', 'c d'], ['a', 'b', 'c', 'd']],
    ['more spaces than needed', [' a  b '], ['a', 'b']],
    ['one scope twice', ['a', 'a b'], ['a', 'b']],
    ['scopes of an object', [{ scopes: 'a b' }], ['a', 'b']],
    ['a list of an object', [{ scopes: ['a', 'b'] }], ['a', 'b']],
    ['an empty object', [{}], []],
    ['names of Object.prototype', ['constructor', '__proto__'], ['constructor', '__proto__']],
  ])('%s', (_, args, scopes) => {
    expect(resolve(...args)).toEqual({ ...NONE, scopes, anyToken: scopes.length === 0 })
  })

  it('takes everything that an object can hold', () => {
    const predicate = (): boolean => true
    const wanted = requirements({
      anyScope: 'a b',
      permissions: ['p'],
      anyPermission: 'q r',
      roles: 'admin editor',
      anyRole: ['a role', 'Müller'],
      claims: { org: 'o', level: [1, 2], flag: true, fn: predicate },
      acr: 'urn:mfa urn:hwk',
      maxAge: 0,
      dpop: 'required',
      clientCredentials: true,
    })
    expect(wanted).toEqual({
      ...NONE,
      anyToken: false,
      anyScope: ['a', 'b'],
      permissions: ['p'],
      anyPermission: ['q', 'r'],
      roles: ['admin', 'editor'],
      anyRole: ['a role', 'Müller'],
      claims: [
        { path: ['org'], value: 'o' },
        { path: ['level'], value: [1, 2] },
        { path: ['flag'], value: true },
        { path: ['fn'], value: predicate },
      ],
      acr: ['urn:mfa', 'urn:hwk'],
      maxAge: 0,
      dpopRequired: true,
      clientCredentials: true,
    })
    expect([wanted, wanted.anyScope, wanted.permissions, wanted.claims, wanted.acr].map(Object.isFrozen)).toEqual(
      Array(5).fill(true),
    )
  })

  it('is not changed by changing the list afterwards', () => {
    const scopes = ['a', 'b']
    const wanted = requirements(scopes)
    scopes.pop()
    expect(wanted.scopes).toEqual(['a', 'b'])
  })

  it('clientCredentials: false is no requirement', () => {
    expect(requirements({ clientCredentials: false })).toEqual(NONE)
  })
})

describe('optional', () => {
  it('is any valid token, or none', () => {
    expect(optional()).toEqual({ ...NONE, optional: true })
    expect(Object.isFrozen(optional())).toBe(true)
  })
})

const BAD: readonly (readonly [string, readonly unknown[], string])[] = [
  ['an empty string', [''], 'scopes'],
  ['spaces', ['  '], 'scopes'],
  ['an empty list', [[]], 'scopes'],
  ['an empty string among good ones', ['a', ''], 'scopes'],
  ['a list with an empty string', [['a', '']], 'scopes'],
  ['a list with a space in an entry', [['a b']], 'scopes'],
  ['a list with a number', [['a', 1]], 'scopes'],
  ['a list in a list', [[['a']]], 'scopes'],
  ['undefined', [undefined], 'scopes'],
  ['undefined after a scope', ['a', undefined], 'scopes'],
  ['null', [null], 'scopes'],
  ['a number', [1], 'scopes'],
  ['true', [true], 'scopes'],
  ['a function', [(): boolean => true], 'scopes'],
  ['a list after a scope', ['a', ['b']], 'scopes'],
  ['two lists', [['a'], ['b']], 'scopes'],
  ['an object after a scope', ['a', { scopes: 'b' }], 'scopes'],
  ['two objects', [{ scopes: 'a' }, { scopes: 'b' }], 'scopes'],
  ['a tab', ['a\tb'], 'scopes'],
  ['a quote', ['a"'], 'scopes'],
  ['a backslash', ['a\\'], 'scopes'],
  ['CR LF', ['a\r\nX-Evil:1'], 'scopes'],
  ['a letter beyond ASCII', ['lösen'], 'scopes'],
  ['a Set, which would be taken for an empty object', [new Set(['a'])], 'scopes|requireAuth'],
  ['a Map', [new Map([['scopes', 'a']])], 'scopes|requireAuth'],
  ['a promise of scopes', [Promise.resolve(['a'])], 'scopes|requireAuth'],
  ['a misspelt name', [{ scope: 'a' }], 'requireAuth.*"scope"'],
  ['another unknown name', [{ scopes: 'a', audience: 'x' }], 'requireAuth.*"audience"'],
  ['optional as an option', [{ optional: true }], 'requireAuth.*"optional"'],
  ...['scopes', 'anyScope', 'permissions', 'anyPermission', 'acr'].flatMap((name) =>
    ['', [], [''], ['a b'], null, 1, true, {}, new Set(['a']), ['a', undefined]].map(
      (value) => [`${name}: ${JSON.stringify(value)}`, [{ [name]: value }], name] as const,
    ),
  ),
  ...['roles', 'anyRole'].flatMap((name) =>
    ['', ' ', [], [''], [' '], ['a\n'], ['a\u009b'], null, 1, true, {}, new Set(['a']), ['a', undefined]].map(
      (value) => [`${name}: ${JSON.stringify(value)}`, [{ [name]: value }], name] as const,
    ),
  ),
  ...[NaN, Infinity, -Infinity, -1, '300', null, true, [300], 300n].map(
    (value) => [`maxAge: ${String(value)}`, [{ maxAge: value }], 'maxAge'] as const,
  ),
  ...['', 'allowed', 'disabled', true, false, null, ['required'], 'Required'].map(
    (value) => [`dpop: ${String(value)}`, [{ dpop: value }], 'dpop'] as const,
  ),
  ...['true', 1, 0, null, 'client-credentials'].map(
    (value) => [`clientCredentials: ${String(value)}`, [{ clientCredentials: value }], 'clientCredentials'] as const,
  ),
  ...[{}, [], ['org'], 'org', null, 1, true, (): boolean => true, new Map([['org', 'o']])].map(
    (value) => [`claims: ${JSON.stringify(value)}`, [{ claims: value }], 'claims'] as const,
  ),
  ...[
    undefined,
    {},
    [],
    [{}],
    [['a']],
    ['a', {}],
    [undefined],
    { a: 1 },
    { all: 'a' },
    { all: [] },
    { all: [['a']] },
    { all: ['a'], any: ['b'] },
    Symbol('a'),
  ].map((value) => [`claims.org: ${JSON.stringify(value)}`, [{ claims: { org: value } }], 'claims.org'] as const),
]

describe('bad arguments throw a TypeError', () => {
  it.each(BAD)('%s', async (_, args, name) => {
    const error = await faultOf(() => resolve(...args))
    expect([error.name, error.message]).toEqual([
      'TypeError',
      expect.stringMatching(new RegExp(`^(?:${name})\\b|^${name}`)),
    ])
  })

  it('says what was given and what is wanted', async () => {
    expect((await faultOf(() => resolve({ maxAge: 'soon' }))).message).toBe(
      'maxAge: got "soon", want seconds, 0 or more',
    )
    expect((await faultOf(() => resolve({ dpop: 'yes' }))).message).toBe('dpop: got "yes", want "required"')
    expect((await faultOf(() => resolve(''))).message).toBe(
      'scopes: got "", want words such as \'read:messages\', as a list or by spaces, not commas',
    )
  })
})

describe('a guard that is handed over without being called', () => {
  const request = { method: 'GET', headers: {} }

  it.each([
    ['Express', [request, {}, (): void => undefined]],
    ['Fastify', [{ raw: request }, {}]],
    ['Hono', [{ req: request }, (): void => undefined]],
    [
      'one of a class',
      [
        new (class Incoming {
          readonly headers = {}
        })(),
      ],
    ],
  ])('says so, on %s', async (_, args) => {
    const { name, message } = await faultOf(() => resolve(...args))
    expect([name, message]).toEqual(['TypeError', expect.stringMatching(/call it .* app\.use\(requireAuth\(\)\)$/)])
  })
})

describe('a route that requires DPoP', () => {
  it.each(['allowed', 'required'] as const)('can be made where the mode is %s', async (mode) => {
    const { server } = await createWorld({ dpop: { mode } })
    expect(server.requirements({ dpop: 'required' }).dpopRequired).toBe(true)
  })

  it('cannot be made where DPoP is disabled', async () => {
    const { server } = await createWorld({ dpop: { mode: 'disabled' } })
    const error = await faultOf(() => server.requirements({ dpop: 'required' }))
    expect([error.name, error.message]).toEqual([
      'TypeError',
      "dpop: got \"required\", want dpop.mode 'allowed' or 'required' when a route requires DPoP",
    ])
  })
})
