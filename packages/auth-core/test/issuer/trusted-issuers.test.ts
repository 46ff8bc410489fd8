import { createTestIssuer } from '@acme/auth-testing'
import type { TestIssuer } from '@acme/auth-testing'
import { describe, expect, it } from 'vitest'
import type { IssuerResolver } from '../../src/issuer/issuer-options.js'
import type { ResourceServer } from '../../src/resource-server-types.js'
import { AUDIENCE, NOW, bearer, createWorld, faultOf, verdict } from '../support.js'

const world = await createWorld()
const now = (): number => NOW
const a = await createTestIssuer({ issuer: 'https://a.test/', audience: 'urn:a', algorithm: 'ES256', now })
const b = await createTestIssuer({ issuer: 'https://b.test/', audience: 'urn:b', algorithm: 'EdDSA', now })

const fetched: string[] = []
const fetch: typeof globalThis.fetch = (input, init) => {
  const url = new URL(input instanceof Request ? input.url : input)
  fetched.push(url.origin)
  return (url.origin === 'https://a.test' ? a : b).fetch(input, init)
}

async function send(
  server: ResourceServer,
  issuer: TestIssuer,
  options: Parameters<TestIssuer['accessToken']>[0] = {},
): Promise<string> {
  return verdict(await server.authenticate(bearer(await issuer.accessToken(options))))
}

describe('several issuers', () => {
  const serve = (): ResourceServer =>
    world.serve({
      fetch,
      issuers: [
        { issuer: a.issuer, audience: 'urn:a', algorithms: ['ES256'] },
        { issuer: b.issuer, audience: ['urn:b', 'urn:b2'], algorithms: ['EdDSA'] },
      ],
    })

  it('each have their own audience, algorithms and keys', async () => {
    const server = serve()
    expect([
      await send(server, a),
      await send(server, b),
      await send(server, b, { claims: { aud: 'urn:b2' } }),
    ]).toEqual(Array<string>(3).fill('accepted'))
  })

  it.each([
    ["a's token for b's audience", a, { claims: { aud: 'urn:b' } }],
    ["b's token for a's audience", b, { claims: { aud: 'urn:a' } }],
    ['for the audience of neither', a, { claims: { aud: AUDIENCE } }],
    ["a's key in b's name", a, { claims: { iss: b.issuer, aud: 'urn:b' } }],
    ["b's key in a's name", b, { claims: { iss: a.issuer, aud: 'urn:a' } }],
    ["b's key and kid in a's name", a, { key: b.signingKey }],
    ["a's key and kid in b's name", b, { key: a.signingKey }],
    ["the kid of the other's key", a, { header: { kid: b.signingKey.kid } }],
  ])('%s is refused', async (_, issuer, options) => {
    expect(await send(serve(), issuer, options)).toBe('401 token_invalid')
  })

  it('may be given as text, with the audience of all', async () => {
    const server = world.serve({ fetch, issuers: [a.issuer, b.issuer], audience: ['urn:a', 'urn:b'] })
    expect([await send(server, a), await send(server, b)]).toEqual(['accepted', 'accepted'])
  })

  it('are preloaded together', async () => {
    fetched.length = 0
    await serve().preload()
    expect(fetched.toSorted()).toEqual(['https://a.test', 'https://a.test', 'https://b.test', 'https://b.test'])
  })

  it('one that is down leaves the other alone', async () => {
    const server = serve()
    a.fail('all', 'reset')
    expect([await send(server, a), await send(server, b)]).toEqual(['503 issuer_unavailable', 'accepted'])
    await expect(server.preload()).rejects.toMatchObject({ reason: 'issuer_unavailable' })
    a.fail('all', undefined)
  })

  it('jwksUri skips discovery, jwks skips everything', async () => {
    fetched.length = 0
    const before = a.count('metadata')
    const server = world.serve({
      fetch,
      issuers: [
        { issuer: a.issuer, audience: 'urn:a', jwksUri: a.jwksUri },
        { issuer: b.issuer, audience: 'urn:b', jwks: { keys: [b.signingKey.publicJwk] } },
      ],
    })
    await server.preload()
    expect([await send(server, a), await send(server, b)]).toEqual(['accepted', 'accepted'])
    expect([fetched, a.count('metadata')]).toEqual([['https://a.test'], before])
  })
})

describe('an issuer that is not listed', () => {
  it('is never called: ten thousand of them, no fetch', async () => {
    fetched.length = 0
    const server = world.serve({ fetch, issuers: [{ issuer: a.issuer, audience: 'urn:a' }] })
    const [header = '', , signature = ''] = (await a.accessToken()).split('.')
    for (let i = 0; i < 10_000; i++) {
      const payload = Buffer.from(
        JSON.stringify({ iss: `https://evil-${i}.test/`, aud: 'urn:a', exp: NOW + 60 }),
      ).toString('base64url')
      expect(verdict(await server.authenticate(bearer(`${header}.${payload}.${signature}`)))).toBe('401 token_invalid')
    }
    expect(fetched).toEqual([])
  })
})

describe('a resolver', () => {
  function serve(issuers: IssuerResolver): ResourceServer {
    return world.serve({ fetch, issuers, audience: 'urn:a' })
  }

  it('selects the issuer, with settings of its own', async () => {
    const asked: string[] = []
    const server = serve((issuer) => {
      asked.push(issuer)
      if (issuer === a.issuer) return { issuer }
      return issuer === b.issuer ? Promise.resolve({ issuer, audience: 'urn:b' }) : undefined
    })
    expect([await send(server, a), await send(server, b), await send(server, a)]).toEqual([
      'accepted',
      'accepted',
      'accepted',
    ])
    expect(asked).toEqual([a.issuer, b.issuer])
    expect(await send(server, b, { claims: { aud: 'urn:a' } })).toBe('401 token_invalid')
  })

  it('that knows it not: 401, and no fetch', async () => {
    fetched.length = 0
    expect(
      await send(
        serve(() => undefined),
        a,
      ),
    ).toBe('401 token_invalid')
    expect(
      await send(
        serve(() => Promise.resolve(undefined)),
        a,
      ),
    ).toBe('401 token_invalid')
    expect(fetched).toEqual([])
  })

  it('is not asked where iss is no text', async () => {
    const asked: unknown[] = []
    const server = serve((issuer) => void asked.push(issuer))
    for (const iss of [undefined, null, 1, ['a'], {}])
      expect(await send(server, a, { claims: { iss } })).toBe('401 token_invalid')
    expect(asked).toEqual([])
  })

  it.each([
    ['another issuer', () => ({ issuer: 'https://b.test/' })],
    ['the same with another slash', () => ({ issuer: 'https://a.test' })],
    ['text', () => 'https://b.test/'],
    ['true', () => true],
    ['a list', () => [{ issuer: 'https://a.test/' }]],
    ['an empty object', () => ({})],
    ['an unknown name', () => ({ issuer: 'https://a.test/', jwks_uri: 'https://a.test/jwks' })],
    ['a symmetric algorithm', () => ({ issuer: 'https://a.test/', algorithms: ['HS256'] })],
    ['an empty audience', () => ({ issuer: 'https://a.test/', audience: [] })],
    ['a jwksUri over http', () => ({ issuer: 'https://a.test/', jwksUri: 'http://a.test/jwks' })],
  ])('that answers wrongly (%s) is a fault and no 401', async (_, resolve) => {
    fetched.length = 0
    const error = await faultOf(() => send(serve(resolve), a))
    expect([error.name, error.message]).toEqual(['TypeError', expect.stringMatching(/^issuers\(\)/)])
    expect(fetched).toEqual([])
  })

  it.each([
    [
      'throws',
      () => {
        throw new RangeError('bug')
      },
    ],
    ['rejects', () => Promise.reject(new RangeError('bug'))],
  ])('that %s is an outage and no 401', async (_, resolve) => {
    expect(await send(serve(resolve), a)).toBe('503 issuer_unavailable')
  })

  it('is asked for, and its keys fetched, once for fifty concurrent cold requests', async () => {
    a.resetCounts()
    let asked = 0
    const server = serve(async (issuer) => {
      asked += 1
      return Promise.resolve({ issuer })
    })
    const token = await a.accessToken()
    const outcomes = await Promise.all(Array.from({ length: 50 }, () => server.authenticate(bearer(token))))
    expect(outcomes.map(verdict)).toEqual(Array<string>(50).fill('accepted'))
    expect([asked, a.count('metadata'), a.count('keys')]).toEqual([1, 1, 1])
  })

  it('shares the back-off of its issuer among requests', async () => {
    a.resetCounts()
    a.fail('all', 'reset')
    const server = serve((issuer) => ({ issuer }))
    const token = await a.accessToken()
    const outcomes = await Promise.all(Array.from({ length: 20 }, () => server.authenticate(bearer(token))))
    a.fail('all', undefined)
    expect(new Set(outcomes.map(verdict))).toEqual(new Set(['503 issuer_unavailable']))
    expect(a.count('all')).toBeLessThanOrEqual(2)
  })

  it('that failed once is asked again', async () => {
    let calls = 0
    const server = serve((issuer) => {
      calls += 1
      if (calls === 1) throw new RangeError('bug')
      return { issuer }
    })
    expect(await send(server, a)).toBe('503 issuer_unavailable')
    expect(await send(server, a)).toBe('accepted')
  })

  it('is asked again after a minute: an issuer that it takes off is refused', async () => {
    const own = await createWorld()
    let known = true
    const server = own.serve({ fetch, issuers: (issuer) => (known ? { issuer } : undefined), audience: 'urn:a' })
    const outcomes = []
    for (const [pause, still] of [
      [0, true],
      [59, false],
      [2, false],
      [6, true],
    ] as const) {
      own.clock.advance(pause)
      known = still
      outcomes.push(await send(server, a))
    }
    expect(outcomes).toEqual(['accepted', 'accepted', '401 token_invalid', 'accepted'])
  })

  it('that gives the same answer again keeps the keys, another answer counts', async () => {
    a.resetCounts()
    const own = await createWorld()
    let audience = 'urn:a'
    const server = own.serve({ fetch, issuers: (issuer) => ({ issuer, audience }) })
    const outcomes = []
    for (const [pause, accepts] of [
      [0, 'urn:a'],
      [61, 'urn:a'],
      [61, 'urn:b'],
    ] as const) {
      own.clock.advance(pause)
      audience = accepts
      outcomes.push(`${await send(server, a)} ${a.count('keys')}`)
    }
    expect(outcomes.slice(0, 2)).toEqual(['accepted 1', 'accepted 1'])
    expect(outcomes[2]).toMatch(/^401 token_invalid /)
  })

  it('has nothing to preload', async () => {
    fetched.length = 0
    await serve((issuer) => ({ issuer })).preload()
    expect(fetched).toEqual([])
  })
})
