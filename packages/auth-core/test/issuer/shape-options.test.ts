import { describe, expect, it } from 'vitest'
import { DEFAULT_SHAPE } from '../../src/access-token/claim-mapping.js'
import { verifiedAccessToken } from '../../src/access-token/verified-access-token.js'
import type { VerifiedAccessToken } from '../../src/access-token/verified-access-token.js'
import { resolveIssuers } from '../../src/issuer/resolve-issuers.js'
import { readIssuerForm } from '../../src/issuer/issuer-form.js'
import type { TrustedIssuer } from '../../src/issuer/issuer-options.js'
import { PRESETS } from '../../src/issuer/presets.js'
import { NOW, createWorld, faultOf, verifiedToken } from '../support.js'

const ISSUER = 'https://issuer.test/'

function trusted(options: object): TrustedIssuer {
  const { listed } = resolveIssuers(
    { audience: ['api', 'b'], issuers: [{ issuer: ISSUER, ...options }] },
    ['RS256'],
    readIssuerForm,
  )
  const found = listed.get(ISSUER)
  if (found === undefined) throw new Error('not listed')
  return found
}

function read(options: object, claims: object): VerifiedAccessToken {
  return verifiedAccessToken({}, { iss: ISSUER, exp: NOW, ...claims }, trusted(options).shape)
}

describe('without a preset', () => {
  it('the shape is the default one, so that its short way is taken', () => {
    expect(trusted({}).shape).toBe(DEFAULT_SHAPE)
  })

  // Written out in one place, and as data in the other.
  it.each<object>([
    {},
    { scope: 'a b', scp: ['c'] },
    { scope: '', scp: ['c'] },
    { scp: 'a b' },
    { scp: ['a', 'b'] },
    { scp: 1 },
    { scp: { a: true } },
    { scp: ['a', 1] },
    { scope: ['a'], client_id: 'c', azp: 'd' },
    { client_id: 1, azp: 'd' },
    { azp: 'd' },
    { azp: ['d'] },
    { permissions: ['p'], roles: ['r', 's'] },
    { permissions: 'p', roles: 'r' },
    { permissions: { p: 1 }, roles: { r: 1 } },
    { permissions: ['p', 1, null], roles: ['r', ['s'], 2] },
    { roles: '' },
    { permissions: ['p', 'p'], roles: ['r', 'r'] },
    { gty: 'client-credentials' },
    { gty: ['client-credentials'] },
    { gty: 'password' },
    { constructor: 1, roles: null },
  ])('%o is read in the same way by the short way and by the data', (claims) => {
    const all = { iss: ISSUER, exp: NOW, ...claims }
    expect(verifiedAccessToken({}, all, { ...DEFAULT_SHAPE })).toEqual(verifiedAccessToken({}, all, DEFAULT_SHAPE))
  })

  it('a whole token is read so', async () => {
    const world = await createWorld()
    const token = await verifiedToken(world, { scp: ['a'], roles: 'r', permissions: ['p'], azp: 'c' })
    expect(token).toMatchObject({ scopes: ['a'], roles: ['r'], permissions: ['p'], clientId: 'c' })
    expect(Object.keys(token)).toEqual(Object.keys(read({ preset: 'okta' }, {})))
  })
})

describe('where things are', () => {
  it.each<readonly [string, object, object, readonly string[]]>([
    ['a name with dots and slashes', { roles: 'https://x.test/roles' }, { 'https://x.test/roles': ['r'] }, ['r']],
    ['a path', { roles: [['a', 'b']] }, { a: { b: ['r'] } }, ['r']],
    ['a path of one name', { roles: [['a']] }, { a: ['r'] }, ['r']],
    ['several: all of them', { roles: ['a', ['b', 'c']] }, { a: ['r', 's'], b: { c: ['s', 't'] } }, ['r', 's', 't']],
    ['the names of members', { roles: [{ keysOf: 'a' }] }, { a: { r: {}, s: 1 } }, ['r', 's']],
    ['the names of members, at a path', { roles: [{ keysOf: ['a', 'b'] }] }, { a: { b: { r: {} } } }, ['r']],
    ['the names of members of a list', { roles: [{ keysOf: 'a' }] }, { a: ['r'] }, []],
    ['the names of members of text', { roles: [{ keysOf: 'a' }] }, { a: 'r' }, []],
    ['members that are asked for as values', { roles: 'a' }, { a: { r: true } }, []],
    ['a path through a list', { roles: [['a', '0']] }, { a: ['r'] }, []],
    ['a path through text', { roles: [['a', 'length']] }, { a: 'r' }, []],
    ['a path that is not there', { roles: [['a', 'b']] }, {}, []],
    ['a path through null', { roles: [['a', 'b']] }, { a: null }, []],
    ['a path into a prototype', { roles: [['constructor', 'name']] }, {}, []],
    ['a name of a prototype', { roles: 'toString' }, {}, []],
    ['each audience', { roles: [['x', '{audience}']] }, { x: { api: ['r'], b: ['s'], c: ['t'] } }, ['r', 's']],
    ['each audience within a name', { roles: 'x:{audience}:y' }, { 'x:api:y': ['r'], 'x:b:y': 's' }, ['r', 's']],
  ])('%s', (_, claims, token, roles) => {
    expect(read({ claims }, token).roles).toEqual(roles)
  })

  it('an audience is put in to the letter', () => {
    const shape = trusted({ audience: ['$&', '$1'], claims: { roles: 'x{audience}' } }).shape
    expect(shape.roles.map(({ path }) => path)).toEqual([['x$&'], ['x$1']])
  })

  it('of scopes and of the client the first place counts', () => {
    const claims = { scopes: ['a', 'b'], clientId: ['c', 'd'] }
    expect(read({ claims }, { a: 'x', b: 'y', c: 'm', d: 'n' })).toMatchObject({ scopes: ['x'], clientId: 'm' })
    expect(read({ claims }, { b: ['y z'], d: 'n' })).toMatchObject({ scopes: ['y z'], clientId: 'n' })
    expect(read({ claims }, { a: 1, b: 'y' }).scopes).toEqual([])
  })

  it("the options of the issuer come before its preset's, one by one", () => {
    const { shape } = trusted({ preset: 'keycloak', claims: { roles: [['resource_access', 'x', 'roles']] } })
    expect(shape.roles).toEqual([{ path: ['resource_access', 'x', 'roles'], keys: false }])
    expect(shape.clientId.map(({ path }) => path)).toEqual([['azp'], ['client_id']])
    expect(shape.accessToken).toEqual([{ path: ['typ'], values: ['Bearer', 'DPoP', 'at+jwt'] }])
  })
})

describe('the mark of machines', () => {
  it.each<readonly [object, object, boolean]>([
    [{}, { gty: 'client-credentials' }, true],
    [{ preset: 'entra' }, { gty: 'client-credentials' }, false],
    [{ preset: 'google' }, { gty: 'client-credentials' }, false],
    [{ claims: { roles: 'r' } }, { gty: 'client-credentials' }, true],
    [{ machine: { claim: 'm' } }, { gty: 'client-credentials' }, false],
    [{ machine: { claim: 'm' } }, { m: false }, true],
    [{ machine: { claim: 'm' } }, { m: null }, false],
    [{ machine: { claim: 'm' } }, {}, false],
    [{ machine: { claim: ['m', 'n'], value: ['x', 'y'] } }, { m: { n: 'y' } }, true],
    [{ machine: { claim: 'm', value: 'x' } }, { m: ['x'] }, false],
    [{ machine: { claim: 'm', value: 'x' } }, { m: 'X' }, false],
    [{ machine: { claim: 'sub', sameAs: 'client_id' } }, { sub: 'c', client_id: 'c' }, true],
    [{ machine: { claim: 'sub', sameAs: 'client_id' } }, { sub: 'u', client_id: 'c' }, false],
    [{ machine: { claim: 'sub', sameAs: 'client_id' } }, { sub: '', client_id: '' }, false],
    [{ machine: { claim: 'sub', sameAs: 'client_id' } }, {}, false],
    [{ machine: { claim: 'sub', startsWith: 'svc:' } }, { sub: 'svc:a' }, true],
    [{ machine: { claim: 'sub', startsWith: 'svc:' } }, { sub: 'a svc:' }, false],
    [{ machine: [{ claim: 'a' }, { claim: 'b', value: 'x' }] }, { b: 'x' }, true],
    [{ machine: [{ claim: 'a' }, { claim: 'b', value: 'x' }] }, { b: 'y' }, false],
  ])('%o of %o: %s', (options, claims, outcome) => {
    expect(read(options, claims).clientCredentials).toBe(outcome)
  })
})

describe('bad options throw a TypeError', () => {
  const locations = ['', [], [''], [[]], [['a', '']], [1], null, 1, {}, { keysOf: 'a' }, [{ keysOf: '' }]]
  const more = [[{ keysOf: 'a', x: 1 }], [{ keys: 'a' }], [[['a']]], new Set(['a'])]
  const marks = [null, 'gty', 1, [], {}, { claim: '' }, { claim: 'a', value: [] }, { claim: 'a', value: 1 }, [{}]]
  const moreMarks = [{ claim: 'a', equals: 'b' }, { claim: 'a', sameAs: [] }, { claim: 'a', startsWith: '' }, [null]]

  it.each<readonly [object, string]>([
    ...['', 'Keycloak', 'constructor', '__proto__', null, 1, {}].map((preset) => [{ preset }, 'preset'] as const),
    ...[null, 'roles', [], 1, { role: 'x' }].map((claims) => [{ claims }, 'claims'] as const),
    ...['scopes', 'roles', 'permissions', 'clientId'].flatMap((name) =>
      [...locations, ...more].map((value) => [{ claims: { [name]: value } }, `claims.${name}`] as const),
    ),
    ...['machine', 'accessToken'].flatMap((name) =>
      [...marks, ...moreMarks].map((value) => [{ [name]: value }, name] as const),
    ),
    ...[null, 'client_id', [], { accepted: [] }, { accepted: '' }, { accepted: ['a', 1] }, {}, { claim: 'a' }].map(
      (audienceFrom) => [{ audienceFrom }, 'audienceFrom'] as const,
    ),
    [{ audienceFrom: { claim: '', accepted: 'a' } }, 'audienceFrom.claim'],
    [{ audienceFrom: { claim: null, accepted: 'a' } }, 'audienceFrom.claim'],
    [{ audienceFrom: { claims: 'a', accepted: 'a' } }, 'audienceFrom'],
  ])('%o: %s', async (options, name) => {
    const error = await faultOf(() => trusted(options))
    expect([error.name, error.message]).toEqual(['TypeError', expect.stringMatching(`^issuers\\[0\\]\\.${name}`)])
  })
})

describe('the stand-in for aud', () => {
  it('is client_id, or what the preset says, or what is given', () => {
    const path = (options: object): unknown =>
      trusted({ audienceFrom: { accepted: 'a' }, ...options }).audienceFrom?.path
    expect(path({})).toEqual(['client_id'])
    expect(path({ preset: 'clerk' })).toEqual(['azp'])
    expect(path({ preset: 'clerk', audienceFrom: { claim: ['a', 'b'], accepted: 'a' } })).toEqual(['a', 'b'])
  })

  it('needs no audience beside it, and is for its issuer alone', async () => {
    const one = { issuer: ISSUER, audienceFrom: { accepted: 'a' } }
    const resolve = (issuers: readonly object[]): unknown => resolveIssuers({ issuers }, ['RS256'], readIssuerForm)
    expect(() => resolve([one])).not.toThrow()
    expect((await faultOf(() => resolve([one, { issuer: 'https://b.test/' }]))).message).toMatch(
      'issuers[1].audience: ',
    )
  })
})

describe('presets', () => {
  it.each(Object.keys(PRESETS))('%s is frozen data that survives JSON', (preset) => {
    const { read: _, ...shape } = trusted({ preset }).shape
    expect(JSON.parse(JSON.stringify(shape))).toEqual(shape)
    for (const list of Object.values(shape)) expect([list, ...list].every(Object.isFrozen)).toBe(true)
  })

  it('say nothing of signatures, issuers, times and types', () => {
    const said = new Set(Object.values(PRESETS).flatMap((preset) => Object.keys(preset)))
    expect([...said].toSorted()).toEqual(['accessToken', 'claims', 'machine', 'standIn'])
  })
})
