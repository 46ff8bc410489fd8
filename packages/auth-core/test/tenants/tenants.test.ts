import { createTestIssuer, fakeAuth } from '@acme/auth-testing'
import { describe, expect, it, vi } from 'vitest'
import { optionsFromEnvironment } from '../../src/options/environment.js'
import type { ResourceServer } from '../../src/resource-server-types.js'
import { accepted, bearer, faultOf, refused, request, verdict } from '../support.js'
import { AUDIENCE_A, AUDIENCE_B, HOST_A, HOST_B, twoTenants } from './two-tenants.js'
import type { TwoTenants } from './two-tenants.js'

function listed(two: TwoTenants): ResourceServer {
  return two.serve({
    tenants: [
      { id: 'a', hosts: [HOST_A], ...two.optionsA },
      { id: 'b', hosts: [HOST_B, 'b2.example.com'], ...two.optionsB, dpop: 'required' },
      { id: 'c', hosts: ['c.example.com'], ...two.optionsA, audience: 'https://c.example.com/api' },
    ],
  })
}

async function send(server: ResourceServer, token: string, host: string): Promise<string> {
  return verdict(await server.authenticate(bearer(token, { host })))
}

describe('a token of one tenant at the host of another', () => {
  it('is refused while it is cached, and fetches nothing', async () => {
    const two = await twoTenants()
    const server = listed(two)
    const token = await two.a.accessToken()
    // The cache takes a token that comes for the second time; the third is a hit.
    for (const _ of [1, 2, 3]) expect(await send(server, token, HOST_A)).toBe('accepted')
    const before = two.fetches()
    expect(await send(server, token, 'c.example.com')).toBe('401 token_invalid')
    expect(await send(server, token, 'd.example.com')).toBe('401 token_invalid')
    expect(await send(server, token, HOST_A)).toBe('accepted')
    // Tenant c has the same issuer: its keys were fetched, nothing else.
    expect(two.b.count('all')).toBe(0)
    expect(two.fetches() - before).toBe(2)
  })

  it('is told to the operator, and not to the client', async () => {
    const two = await twoTenants()
    const server = two.serve({
      tenants: [
        { id: 'a', hosts: [HOST_A], ...two.optionsA },
        { id: 'b"\n', hosts: [HOST_B], ...two.optionsB },
      ],
    })
    const { body, headers, error } = refused(
      await server.authenticate(bearer(await two.a.accessToken(), { host: HOST_B })),
    )
    expect(error.detail).toMatch(
      /^iss is "https:\/\/a\.issuer\.test\/"; want a trusted issuer of tenant "b\\u0022\\u000a"/,
    )
    expect(two.world.events.at(-1)).toMatchObject({ outcome: 'refused', tenant: 'b"\n', issuer: undefined })
    expect(body + JSON.stringify(headers)).not.toContain('tenant')
    expect(two.fetches()).toBe(0)
  })

  it('is refused with the same issuer and another audience, with both caches warm', async () => {
    const two = await twoTenants()
    const server = listed(two)
    const tokenA = await two.a.accessToken()
    const tokenC = await two.a.accessToken({ claims: { aud: 'https://c.example.com/api' } })
    for (const _ of [1, 2, 3]) {
      expect(await send(server, tokenA, HOST_A)).toBe('accepted')
      expect(await send(server, tokenC, 'c.example.com')).toBe('accepted')
      expect(await send(server, tokenA, 'c.example.com')).toBe('401 token_invalid')
      expect(await send(server, tokenC, HOST_A)).toBe('401 token_invalid')
    }
  })

  it('is refused where one tenant claims the issuer of another with keys of its own', async () => {
    const two = await twoTenants()
    const mine = await createTestIssuer({ issuer: two.a.issuer, audience: AUDIENCE_A, now: two.world.clock.now })
    const { signingKey } = mine
    const jwks = { keys: [signingKey.publicJwk] }
    const server = two.serve({
      tenants: [
        { id: 'a', hosts: [HOST_A], ...two.optionsA },
        { id: 'mine', hosts: [HOST_B], ...two.optionsA, jwks },
      ],
    })
    const forged = await mine.accessToken()
    for (const _ of [1, 2, 3]) expect(await send(server, forged, HOST_B)).toBe('accepted')
    expect(await send(server, forged, HOST_A)).toBe('401 token_invalid')
  })

  it('is refused on the very request that a guard let in for its own tenant', async () => {
    const two = await twoTenants()
    const server = listed(two)
    const token = await two.a.accessToken()
    const first = bearer(token, { host: HOST_A })
    expect(accepted(await server.authenticate(first)).tenant).toBe('a')
    // A handler before the second guard has rewritten the host.
    const second = { ...bearer(token, { host: 'c.example.com' }), identity: first.identity }
    expect(verdict(await server.authenticate(second))).toBe('401 token_invalid')
    expect(accepted(await server.authenticate(first)).tenant).toBe('a')
  })

  it('with a proof that was used is a replay at every tenant', async () => {
    const two = await twoTenants()
    const server = two.serve({
      tenants: { of: (sent) => sent.header('x-tenant'), resolve: (id) => ({ ...two.optionsA, id }) },
    })
    const accessToken = await two.a.accessToken({ jkt: two.world.key.thumbprint })
    const dpop = await two.world.proof(accessToken)
    const by = (tenant: string): Promise<string> =>
      server
        .authenticate(request({ authorization: `DPoP ${accessToken}`, dpop, headers: ['X-Tenant', tenant] }))
        .then(verdict)
    expect(await by('x')).toBe('accepted')
    expect(await by('y')).toBe('400 proof_replayed')
  })
})

describe('the tenant of a list', () => {
  it('is in auth and in events', async () => {
    const two = await twoTenants()
    const auth = accepted(await listed(two).authenticate(bearer(await two.a.accessToken(), { host: HOST_A })))
    expect(auth).toMatchObject({ tenant: 'a', issuer: two.a.issuer })
    expect(two.world.events.at(-1)).toMatchObject({ outcome: 'accepted', tenant: 'a' })
  })

  it('has a mode of its own, in schemes and challenges', async () => {
    const two = await twoTenants()
    const server = listed(two)
    const challenge = async (host: string): Promise<unknown> =>
      refused(await server.authenticate(request({ host }))).headers['www-authenticate']
    expect(await challenge(HOST_A)).toBe('Bearer realm="api", DPoP algs="ES256"')
    expect(await challenge(HOST_B)).toBe('DPoP algs="ES256"')
    expect(await send(server, await two.b.accessToken(), HOST_B)).toBe('400 dpop_required')
    const accessToken = await two.b.accessToken({ jkt: two.world.key.thumbprint })
    const dpop = await two.world.proof(accessToken, { url: `https://${HOST_B}/items` })
    const sent = request({ authorization: `DPoP ${accessToken}`, dpop, host: HOST_B })
    expect(accepted(await server.authenticate(sent)).tenant).toBe('b')
  })

  it('that does without DPoP has it where a route requires it', async () => {
    const two = await twoTenants()
    const server = two.serve({ tenants: [{ id: 'a', hosts: [HOST_A], ...two.optionsA, dpop: 'disabled' }] })
    const strict = server.requirements({ dpop: 'required' })
    const outcome = await server.authenticate(bearer(await two.a.accessToken(), { host: HOST_A }), strict)
    expect(verdict(outcome)).toBe('400 dpop_required')
    expect(refused(outcome).headers['www-authenticate']).toMatch(/^DPoP algs="ES256", error=/)
    const plain = refused(await server.authenticate(request({ host: HOST_A })))
    expect(plain.headers['www-authenticate']).toBe('Bearer realm="api"')
  })

  it('has a vocabulary of its own', async () => {
    const two = await twoTenants()
    const server = two.serve({
      tenants: [
        { id: 'a', hosts: [HOST_A], ...two.optionsA, claims: { roles: 'groups' } },
        { id: 'c', hosts: ['c.example.com'], ...two.optionsA },
      ],
    })
    const token = await two.a.accessToken({ claims: { groups: ['admin'] } })
    const roles = async (host: string): Promise<unknown> =>
      accepted(await server.authenticate(bearer(token, { host }))).roles
    for (const _ of [1, 2, 3]) {
      expect(await roles(HOST_A)).toEqual(['admin'])
      expect(await roles('c.example.com')).toEqual([])
    }
  })

  it('may have several issuers', async () => {
    const two = await twoTenants()
    const server = two.serve({
      audience: AUDIENCE_A,
      tenants: [{ id: 'a', hosts: [HOST_A], issuers: [two.a.issuer, { issuer: two.b.issuer, audience: AUDIENCE_B }] }],
    })
    expect(await send(server, await two.a.accessToken(), HOST_A)).toBe('accepted')
    expect(await send(server, await two.b.accessToken(), HOST_A)).toBe('accepted')
    expect(await send(server, await two.b.accessToken({ claims: { aud: AUDIENCE_A } }), HOST_A)).toBe(
      '401 token_invalid',
    )
  })

  it('has its keys fetched ahead, and anew', async () => {
    const two = await twoTenants()
    const server = listed(two)
    expect(await server.ready()).toMatchObject({ ready: true, issuers: [{}, {}, {}] })
    await server.preload()
    expect(server.issuerStatus().map(({ issuer }) => issuer)).toEqual([two.a.issuer, two.b.issuer, two.a.issuer])
    expect(server.invalidate(two.a.issuer, { drop: true })).toBe(true)
    expect(server.issuerStatus().map(({ keys }) => keys)).toEqual([0, 1, 0])
    expect(server.invalidate('https://other.test/')).toBe(false)
  })

  it('is not told by a token alone', async () => {
    const two = await twoTenants()
    const token = await two.a.accessToken()
    const { message } = await faultOf(() => listed(two).verifyAccessToken(token))
    expect(message).toMatch(/verifyRequest/)
  })
})

describe('beside tenants', () => {
  it('no variable is needed for an issuer, and none adds one', async () => {
    const two = await twoTenants()
    const tenants = [{ id: 'a', hosts: [HOST_A], ...two.optionsA }]
    expect(optionsFromEnvironment({}, { tenants })).toEqual({ tenants })
    const environment = { AUTH0_DOMAIN: 'tenant.auth0.com', AUTH0_DPOP: 'required' }
    expect(optionsFromEnvironment(environment, { tenants })).toEqual({ tenants, dpop: { mode: 'required' } })
  })

  it('an event tells the tenant of an anonymous request', async () => {
    const two = await twoTenants()
    const server = listed(two)
    expect(verdict(await server.authenticate(request({ host: HOST_A }), server.optional()))).toBe('anonymous')
    expect(two.world.events.at(-1)).toMatchObject({ outcome: 'anonymous', tenant: 'a' })
    expect(verdict(await server.authenticate(request({ host: 'd.example.com' }), server.optional()))).toBe('anonymous')
    expect(two.world.events.at(-1)).toMatchObject({ outcome: 'anonymous', tenant: undefined })
  })

  it('a fake caller is of the tenant of the request', async () => {
    const two = await twoTenants()
    vi.stubEnv('NODE_ENV', 'test')
    const fake = fakeAuth({ sub: 'user-1' })
    try {
      expect(accepted(await listed(two).authenticate(request({ host: HOST_B }))).tenant).toBe('b')
    } finally {
      fake.restore()
      vi.unstubAllEnvs()
    }
    expect(two.fetches()).toBe(0)
  })
})

describe('the host of a request', () => {
  const LONG = `${'a'.repeat(300)}.example.com`

  it.each([
    [HOST_A, 'accepted'],
    ['A.EXAMPLE.COM', 'accepted'],
    [`${HOST_A}:443`, 'accepted'],
    [`${HOST_A}:8443`, 'accepted'],
    ['[2001:db8::1]:3000', 'accepted'],
    [`${HOST_A}.`, '401 token_invalid'],
    [`${HOST_A}:x`, '401 token_invalid'],
    [`${HOST_A}:99999`, '401 token_invalid'],
    [`x@${HOST_A}`, '401 token_invalid'],
    [`${HOST_A}/`, '401 token_invalid'],
    [`${HOST_A}, ${HOST_B}`, '401 token_invalid'],
    [`${HOST_A}\u0000`, '401 token_invalid'],
    [`sub.${HOST_A}`, '401 token_invalid'],
    ['[2001:db8::2]', '401 token_invalid'],
    ['__proto__', '401 token_invalid'],
    ['constructor', '401 token_invalid'],
    ['', '401 token_invalid'],
    [LONG, '401 token_invalid'],
  ])('%j: %s', async (host, expected) => {
    const two = await twoTenants()
    const server = two.serve({ tenants: [{ id: 'a', hosts: [HOST_A, '[2001:DB8::1]'], ...two.optionsA }] })
    expect(await send(server, await two.a.accessToken(), host)).toBe(expected)
    if (expected !== 'accepted') expect(two.fetches()).toBe(0)
  })

  it.each([
    ['of a trusted proxy', 1, [], 'accepted'],
    ['of anybody', 0, [], '401 token_invalid'],
    ['of a trusted proxy, outside of publicOrigins', 1, ['https://b.example.com'], '401 token_invalid'],
  ])('by X-Forwarded-Host %s', async (_, hops, origins, expected) => {
    const two = await twoTenants()
    const server = two.serve({
      tenants: [{ id: 'a', hosts: [HOST_A], ...two.optionsA }],
      ...(origins.length > 0 && { publicOrigins: origins }),
    })
    const headers = ['X-Forwarded-For', '192.0.2.9', 'X-Forwarded-Host', HOST_A, 'X-Forwarded-Proto', 'https']
    const sent = bearer(await two.a.accessToken(), { host: 'internal', hops, headers })
    expect(verdict(await server.authenticate(sent))).toBe(expected)
  })

  it('that two headers name is that of no tenant', async () => {
    const two = await twoTenants()
    const server = listed(two)
    const sent = bearer(await two.a.accessToken(), { host: [HOST_A, HOST_B] })
    expect(verdict(await server.authenticate(sent))).toBe('401 token_invalid')
  })

  it('of nobody leaves routes without credentials as they are', async () => {
    const two = await twoTenants()
    const server = listed(two)
    const sent = request({ host: 'nobody.example.com' })
    expect(verdict(await server.authenticate(sent, server.optional()))).toBe('anonymous')
    expect(verdict(await server.authenticate(sent))).toBe('401 credentials_missing')
  })
})

describe('options of tenants', () => {
  const NAME_A = (): string => 'a'
  const A = { id: 'a', hosts: [HOST_A], issuer: 'https://a.issuer.test/', audience: AUDIENCE_A }

  it.each([
    ['with an issuer', { issuer: 'https://i.test/', tenants: [A] }, /^domain, issuer, issuers, tenants: got 2 of them/],
    ['none', { tenants: [] }, /^tenants: got/],
    ['no list', { tenants: 'a' }, /^tenants: got "a", want a list of tenants/],
    ['null', { tenants: null }, /^tenants: got/],
    ['a function', { tenants: () => A }, /^tenants: got a function/],
    ['no object in it', { tenants: ['a'] }, /^tenants\[0\]: got "a"/],
    ['no id', { tenants: [{ ...A, id: '' }] }, /^tenants\[0\]\.id: got ""/],
    ['an id twice', { tenants: [A, { ...A, hosts: [HOST_B] }] }, /^tenants\[1\]\.id: got "a", want each tenant once/],
    [
      'a host twice',
      { tenants: [A, { ...A, id: 'b', hosts: ['A.example.com'] }] },
      /^tenants\[1\]\.hosts: .*each host/,
    ],
    ['a host with port', { tenants: [{ ...A, hosts: ['a.test:80'] }] }, /^tenants\[0\]\.hosts: got/],
    ['a URL for a host', { tenants: [{ ...A, hosts: ['https://a.test'] }] }, /^tenants\[0\]\.hosts: got/],
    ['no hosts', { tenants: [{ ...A, hosts: [] }] }, /^tenants\[0\]\.hosts: got/],
    ['no issuer', { tenants: [{ id: 'a', hosts: [HOST_A], audience: 'a' }] }, /^tenants\[0\]\.issuer: got undefined/],
    ['no audience', { tenants: [{ ...A, audience: [] }] }, /^tenants\[0\]\.audience: got/],
    ['a mode there is not', { tenants: [{ ...A, dpop: 'maybe' }] }, /^tenants\[0\]\.dpop: got "maybe"/],
    ['an undefined mode', { tenants: [{ ...A, dpop: undefined }] }, /^tenants\[0\]\.dpop: got undefined/],
    ['a misspelt name', { tenants: [{ ...A, audiense: 'a' }] }, /unknown option "audiense".*did you mean audience/],
    ['issuer and issuers', { tenants: [{ ...A, issuers: ['https://i.test/'] }] }, /unknown option "issuer"/],
    [
      'an issuer twice',
      { tenants: [{ id: 'a', hosts: [HOST_A], audience: 'a', issuers: ['https://i.test/', 'https://i.test/'] }] },
      /issuers: .*each issuer once/,
    ],
    ['a comma in it', { tenants: [{ ...A, audience: 'a,b' }] }, /^tenants\[0\]\.audience: got "a,b", want a list/],
    ['one function', { tenants: { of: NAME_A } }, /^tenants\.resolve: got undefined/],
    ['others', { tenants: { of: NAME_A, resolve: NAME_A, max: 1 } }, /^tenants: unknown option "max"/],
    ['publicUrl', { tenants: [A], publicUrl: 'https://a.test' }, /^publicUrl: got/],
  ])('%s', async (_, options, message) => {
    const two = await twoTenants()
    const { message: told } = await faultOf(() => two.serve(options as never)) // a mistake
    expect(told).toMatch(message)
  })
})
