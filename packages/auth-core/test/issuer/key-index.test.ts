import { createTestKey } from '@acme/auth-testing'
import type { TestKey } from '@acme/auth-testing'
import { exportJWK } from 'jose'
import type { CryptoKey, KeyObject } from 'jose'
import { describe, expect, it } from 'vitest'
import type { VerificationKey } from '../../src/crypto/types.js'
import { createKeyIndex } from '../../src/issuer/key-index.js'
import { describeUnusable } from '../../src/issuer/unusable-keys.js'
import { isCompatible, keyList, publicKey } from '../../src/crypto/json-web-key.js'
import type { Jwk } from '../../src/crypto/json-web-key.js'
import { AUDIENCE, bearer, createWorld, verdict } from '../support.js'

const [rs, es, es2, es384, ed, small] = await Promise.all([
  createTestKey('RS256', { kid: 'rs' }),
  createTestKey('ES256', { kid: 'es' }),
  createTestKey('ES256', { kid: 'es2' }),
  createTestKey('ES384', { kid: 'es384' }),
  createTestKey('EdDSA', { kid: 'ed' }),
  createTestKey('RS256', { kid: 'small', modulusLength: 1024 }),
])

/** The public key as an issuer publishes it, with changes. */
function jwk(key: TestKey, change: Readonly<Record<string, unknown>> = {}): Jwk {
  return JSON.parse(JSON.stringify({ ...key.publicJwk, ...change })) as Jwk // what undefined removes is gone
}

/** What both implementations make of a key. */
type ImportedKey = VerificationKey & { readonly key: CryptoKey | KeyObject }

async function found(keys: readonly Jwk[], kid: string | undefined, algorithm: string): Promise<string | undefined> {
  const [key, ...others] = (await createKeyIndex(keys, [algorithm])).candidates(kid, algorithm)
  if (key === undefined) return undefined
  if (others.length > 0) return `${others.length + 1} keys`
  const { x: coordinate, n } = await exportJWK((key as ImportedKey).key)
  return coordinate ?? n
}

const ALL = [jwk(rs), jwk(es), jwk(es384), jwk(ed)]

describe('a key is found', () => {
  it.each([
    ['rs', 'RS256', rs],
    ['es', 'ES256', es],
    ['es384', 'ES384', es384],
    ['ed', 'EdDSA', ed],
    ['ed', 'Ed25519', ed],
  ] as const)('by its kid %s for %s', async (kid, algorithm, { publicJwk }) => {
    expect(await found(ALL, kid, algorithm)).toBe(publicJwk.x ?? publicJwk.n)
  })

  it.each([
    ['RS256', rs],
    ['ES256', es],
    ['EdDSA', ed],
  ] as const)('without a kid, as the only one for %s', async (algorithm, { publicJwk }) => {
    expect(await found(ALL, undefined, algorithm)).toBe(publicJwk.x ?? publicJwk.n)
  })

  it('without alg, use and key_ops of its own', async () => {
    const bare = jwk(rs, { alg: undefined, use: undefined })
    for (const algorithm of ['RS256', 'RS512', 'PS256'])
      expect(await found([bare], 'rs', algorithm)).toBe(rs.publicJwk.n)
  })

  it('with key_ops', async () => {
    expect(await found([jwk(es, { key_ops: ['sign', 'verify'] })], 'es', 'ES256')).toBe(es.publicJwk.x)
  })

  it('and imported once', async () => {
    const index = await createKeyIndex(ALL, ['ES256', 'RS256'])
    expect(index.candidates('es', 'ES256')).toEqual(index.candidates(undefined, 'ES256'))
    expect(index.imported.size).toBe(2)
  })
})

describe('several keys', () => {
  it('without a kid, all that are for the algorithm', async () => {
    expect(await found([jwk(es), jwk(rs), jwk(es2)], undefined, 'ES256')).toBe('2 keys')
    const bare = [jwk(es, { kid: undefined }), jwk(es2, { kid: undefined })]
    expect(await found(bare, undefined, 'ES256')).toBe('2 keys')
  })

  it('of one kid', async () => {
    expect(await found([jwk(es), jwk(es2, { kid: 'es' })], 'es', 'ES256')).toBe('2 keys')
  })

  it('that are the same are one', async () => {
    expect(await found([jwk(es), jwk(es), jwk(es, { kid: 'x', x5c: ['x'] })], undefined, 'ES256')).toBe(es.publicJwk.x)
  })
})

describe('a key set that follows another', () => {
  it('has the same object for a key that stays, whatever else the entry says', async () => {
    const before = await createKeyIndex([jwk(es, { x5c: ['a'] }), jwk(es2)], ['ES256'])
    const after = await createKeyIndex([jwk(es, { x5c: ['b'], x5t: 'c' })], ['ES256'], before.imported)
    expect(after.candidates('es', 'ES256')[0]).toBe(before.candidates('es', 'ES256')[0])
    expect([...after.imported.values()]).toEqual(after.candidates('es', 'ES256'))
  })

  it('has another for another key under its kid', async () => {
    const before = await createKeyIndex([jwk(es)], ['ES256'])
    const after = await createKeyIndex([jwk(es2, { kid: 'es' })], ['ES256'], before.imported)
    expect(after.candidates('es', 'ES256')[0]).not.toBe(before.candidates('es', 'ES256')[0])
  })
})

describe('what is unusable', () => {
  async function told(
    keys: readonly Jwk[],
    algorithms: readonly string[] = ['ES256', 'RS256'],
  ): Promise<string | undefined> {
    return describeUnusable((await createKeyIndex(keys, algorithms)).unusable)
  }

  it.each([
    [jwk(small), 'key "small" is unusable: has 1024 bits'],
    [jwk(rs, { e: 'AQ' }), 'key "rs" is unusable: has a bad exponent'],
    [jwk(es, { y: jwk(es)['x'] }), 'key "es" is unusable: cannot be imported'],
    [jwk(es, { kid: undefined, d: 'x' }), 'the key in place 1, which has no kid, is unusable: has private members'],
    [jwk(rs, { use: 'enc' }), 'key "rs" is unusable: is for none of ES256 RS256'],
    [jwk(small, { kid: 'a"\n\u009b' }), 'key "a\\u0022\\u000a\\u009b" is unusable: has 1024 bits'],
    [
      jwk(small, { kid: 'k'.repeat(600) }),
      `key "${'k'.repeat(120)}…" is unusable: has a kid that is no text of at most 512 characters`,
    ],
  ])('%#: is told with its reason', async (entry, line) => {
    expect(await told([jwk(ed), entry])).toBe(
      `key "ed" is unusable: is for none of ES256 RS256; ${line.replace('place 1', 'place 2')}`,
    )
  })

  it('is a defect, or a good key for another purpose', async () => {
    const keys = [
      jwk(es),
      jwk(rs, { use: 'enc' }),
      jwk(ed),
      jwk(small),
      jwk(es, { y: jwk(es)['x'], kid: 'off' }),
      jwk(es, { kid: 1 }),
    ]
    const { unusable } = await createKeyIndex(keys, ['ES256', 'RS256'])
    expect(unusable.map(({ name, defect }) => [name, defect])).toEqual([
      ['key "rs"', false],
      ['key "ed"', false],
      ['key "small"', true],
      ['key "off"', true],
      ['the key in place 6, which has no kid,', true],
    ])
  })

  it('is told of few, if there are many', async () => {
    const line = (await told(Array.from({ length: 100 }, (_, at) => jwk(small, { kid: `k${at}` })))) ?? ''
    expect(line.split('; ')).toHaveLength(6)
    expect(line).toMatch(/; and 95 more$/)
  })
})

describe('no key is found', () => {
  it.each([
    ['an unknown kid', 'x', 'ES256'],
    ['an empty kid', '', 'ES256'],
    ['a kid of other case', 'ES', 'ES256'],
    ['__proto__', '__proto__', 'ES256'],
    ['RS256 with the EC key', 'es', 'RS256'],
    ['ES256 with the RSA key', 'rs', 'ES256'],
    ['ES256 with P-384', 'es384', 'ES256'],
    ['ES384 with P-256', 'es', 'ES384'],
    ['EdDSA with the EC key', 'es', 'EdDSA'],
    ['PS256 with a key for RS256', 'rs', 'PS256'],
    ['HS256', 'rs', 'HS256'],
    ['none', 'rs', 'none'],
    ['an algorithm that Object.prototype has', 'rs', 'constructor'],
  ])('%s', async (_, kid, algorithm) => {
    expect(await found(ALL, kid, algorithm)).toBe(undefined)
  })

  it('with a kid of more than 512 characters', async () => {
    const kid = 'k'.repeat(513)
    expect(await found([jwk(es, { kid })], kid, 'ES256')).toBe(undefined)
    expect(await found([jwk(es, { kid: kid.slice(1) })], kid.slice(1), 'ES256')).toBe(es.publicJwk.x)
  })

  it('with a kid, when the only key has none', async () => {
    expect(await found([jwk(es, { kid: undefined })], 'es', 'ES256')).toBe(undefined)
    expect(await found([jwk(es, { kid: 1 })], '1', 'ES256')).toBe(undefined)
    expect(await found([jwk(es, { kid: ['es'] })], 'es', 'ES256')).toBe(undefined)
  })

  it.each([null, 1, true, [], ['es'], {}])('with a kid that is no text, beside a good one: %o', async (kid) => {
    expect(await found([jwk(es2, { kid }), jwk(es)], undefined, 'ES256')).toBe(es.publicJwk.x)
  })
})

const x = es.publicJwk.x ?? ''
const UNUSABLE: readonly (readonly [string, Jwk, string])[] = [
  ['RSA of 1024 bits', jwk(small), 'RS256'],
  ['RSA with e 1', jwk(rs, { e: 'AQ' }), 'RS256'],
  ['RSA with e 0', jwk(rs, { e: 'AA' }), 'RS256'],
  ['RSA with e 2', jwk(rs, { e: 'Ag' }), 'RS256'],
  ['RSA with a huge e', jwk(rs, { e: rs.publicJwk.n }), 'RS256'],
  ['RSA with n in hexadecimal', jwk(rs, { n: 'zz!!' }), 'RS256'],
  ['RSA with a private exponent', jwk(rs, { d: 'AQAB' }), 'RS256'],
  ['RSA for encryption', jwk(rs, { use: 'enc' }), 'RS256'],
  ['RSA for RSA-OAEP', jwk(rs, { alg: 'RSA-OAEP' }), 'RS256'],
  ['RSA that may only sign', jwk(rs, { key_ops: ['sign'] }), 'RS256'],
  ['RSA with a curve', jwk(rs, { crv: 'P-256' }), 'RS256'],
  ['EC off its curve', jwk(es, { x: `A${x.slice(1)}`, y: `B${x.slice(1)}` }), 'ES256'],
  ['EC at 0,0', jwk(es, { x: 'A'.repeat(43), y: 'A'.repeat(43) }), 'ES256'],
  ['EC without y', jwk(es, { y: undefined }), 'ES256'],
  ['EC with a private key', jwk(es, { d: x }), 'ES256'],
  ['EC with padding', jwk(es, { x: `${x}=` }), 'ES256'],
  ['EC with an unknown curve', jwk(es, { crv: 'P-257' }), 'ES256'],
  ['an octet key', { kty: 'oct', k: 'c2VjcmV0', kid: 'es', alg: 'HS256' }, 'ES256'],
  ['an octet key that says RS256', { kty: 'oct', k: 'c2VjcmV0', kid: 'rs', alg: 'RS256' }, 'RS256'],
  ['an unknown kty', { kty: 'AKP', kid: 'es', pub: 'x' }, 'ES256'],
  ['an empty object', {}, 'ES256'],
  ['Ed25519 of 31 bytes', jwk(ed, { x: 'A'.repeat(42) }), 'EdDSA'],
  ['X25519', jwk(ed, { crv: 'X25519' }), 'EdDSA'],
  ['Ed448', jwk(ed, { crv: 'Ed448' }), 'EdDSA'],
]

describe('an unusable entry', () => {
  it.each(UNUSABLE)('%s is no key', async (_, entry, algorithm) => {
    const kid = entry['kid']
    expect(await found([entry], typeof kid === 'string' ? kid : undefined, algorithm)).toBe(undefined)
  })

  it.each(UNUSABLE)('%s does not disturb a good key, not even of the same kid', async (_, entry, algorithm) => {
    const good = algorithm === 'RS256' ? rs : algorithm === 'EdDSA' ? ed : es
    for (const keys of [
      [entry, jwk(good)],
      [jwk(good), entry],
      [{ ...entry, kid: good.kid }, jwk(good)],
    ]) {
      expect(await found(keys, good.kid, algorithm)).toBe(good.publicJwk.x ?? good.publicJwk.n)
      expect(await found(keys, undefined, algorithm)).toBe(good.publicJwk.x ?? good.publicJwk.n)
    }
  })

  it('in a published key set, of any kind at all, does not disturb', async () => {
    const { server, issuer } = await createWorld({ audience: AUDIENCE })
    for (const entry of [...UNUSABLE.map(([, one]) => one), null, 1, 'key', [], [jwk(es)]]) issuer.publish(entry)
    expect(verdict(await server.authenticate(bearer(await issuer.accessToken())))).toBe('accepted')
    expect(
      verdict(await server.authenticate(bearer(await issuer.accessToken({ key: small, header: { kid: 'small' } })))),
    ).toBe('401 token_invalid')
  })
})

describe('keyList', () => {
  it.each([
    [{ keys: [] }, 0],
    [{ keys: [{}] }, 1],
    [{ keys: Array.from({ length: 100 }, () => ({})) }, 100],
    [{ keys: [null, 1, 'x', [], {}] }, 1],
  ])('%o', (value, length) => {
    expect(keyList(value)).toHaveLength(length)
  })

  it.each([
    null,
    undefined,
    1,
    'x',
    [],
    [{ keys: [] }],
    {},
    { keys: null },
    { keys: {} },
    { keys: 'x' },
    { keys: { length: 1 } },
    { keys: Array.from({ length: 101 }, () => ({})) },
    { keys: Array<null>(101).fill(null) },
  ])('%o is none', (value) => {
    expect(keyList(value)).toBe(undefined)
  })
})

describe('publicKey', () => {
  it('leaves everything but the key behind', () => {
    expect(publicKey(jwk(es, { ext: true, x5c: ['x'], kid: 'k' }))).toEqual({
      key: { kty: 'EC', crv: 'P-256', x, y: es.publicJwk.y },
    })
    expect(publicKey(jwk(ed))).toEqual({ key: { kty: 'OKP', crv: 'Ed25519', x: ed.publicJwk.x } })
    expect(publicKey(jwk(rs))).toEqual({ key: { kty: 'RSA', n: rs.publicJwk.n, e: 'AQAB' } })
  })

  it.each(['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k', 'priv'])('refuses the private member %s', (name) => {
    expect(publicKey({ ...jwk(es), [name]: undefined })).toEqual({ problem: 'has private members' })
  })
})

describe('isCompatible', () => {
  it.each([
    [{ alg: 'Ed25519' }, 'EdDSA', true],
    [{ alg: 'EdDSA' }, 'Ed25519', true],
    [{ alg: 'ES256' }, 'EdDSA', false],
    [{ use: null }, 'EdDSA', false],
    [{ use: ['sig'] }, 'EdDSA', false],
    [{ key_ops: [] }, 'EdDSA', false],
    [{ key_ops: 'verify' }, 'EdDSA', false],
    [{ key_ops: { verify: true } }, 'EdDSA', false],
  ])('%o for %s: %s', (change, algorithm, compatible) => {
    expect(isCompatible({ ...jwk(ed, { alg: undefined, use: undefined }), ...change }, algorithm)).toBe(compatible)
  })
})
