import { describe, expect, it, vi } from 'vitest'
import type { ResourceServer } from '../../src/resource-server-types.js'
import { AuthError } from '../../src/outcome/errors.js'
import type { TenantRequest, TenantsByRequest } from '../../src/tenants/tenant-types.js'
import { accepted, bearer, refused, request, verdict } from '../support.js'
import { THROWN_VALUES } from '../thrown-values.js'
import { AUDIENCE_A, HOST_A, HOST_B, twoTenants } from './two-tenants.js'
import type { TwoTenants } from './two-tenants.js'

/** Tenants by host, and what was asked. */
async function byHost(): Promise<{ two: TwoTenants; server: ResourceServer; asked: string[] }> {
  const two = await twoTenants()
  const asked: string[] = []
  const options = new Map([
    [HOST_A, { ...two.optionsA, id: 'tenant-a' }],
    [HOST_B, two.optionsB],
  ])
  const resolve: TenantsByRequest['resolve'] = async (name) => {
    asked.push(name)
    return options.get(name)
  }
  const server = two.serve({ tenants: { of: ({ host }) => host, resolve } })
  return { two, server, asked }
}

describe('a tenant that is looked up', () => {
  it('is told by the name, or by the identifier of the answer', async () => {
    const { two, server } = await byHost()
    expect(accepted(await server.authenticate(bearer(await two.a.accessToken(), { host: HOST_A }))).tenant).toBe(
      'tenant-a',
    )
    expect(accepted(await server.authenticate(bearer(await two.b.accessToken(), { host: HOST_B }))).tenant).toBe(HOST_B)
  })

  it('accepts no token of another, with both caches warm', async () => {
    const { two, server } = await byHost()
    const tokenA = await two.a.accessToken()
    for (const _ of [1, 2, 3]) {
      expect(verdict(await server.authenticate(bearer(tokenA, { host: HOST_A })))).toBe('accepted')
      expect(verdict(await server.authenticate(bearer(tokenA, { host: HOST_B })))).toBe('401 token_invalid')
    }
    expect(two.b.count('all')).toBe(0)
  })

  it('is asked for once by concurrent requests, known or not', async () => {
    const { two, server, asked } = await byHost()
    const token = await two.a.accessToken()
    const at = (host: string) =>
      Promise.all(Array.from({ length: 50 }, async () => verdict(await server.authenticate(bearer(token, { host })))))
    expect(new Set(await at('nobody.example.com'))).toEqual(new Set(['401 token_invalid']))
    expect(two.fetches()).toBe(0)
    expect(new Set(await at(HOST_A))).toEqual(new Set(['accepted']))
    expect(asked).toEqual(['nobody.example.com', HOST_A])
    expect(two.fetches()).toBe(2)
  })

  it('is asked for again after a minute, and an unknown one after five seconds', async () => {
    const { two, server, asked } = await byHost()
    const token = await two.a.accessToken()
    const both = async (): Promise<void> => {
      await server.authenticate(bearer(token, { host: HOST_A }))
      await server.authenticate(bearer(token, { host: 'nobody.example.com' }))
    }
    await both()
    await both()
    expect(asked).toEqual([HOST_A, 'nobody.example.com'])
    two.world.clock.advance(6)
    await both()
    expect(asked.slice(2)).toEqual(['nobody.example.com'])
    two.world.clock.advance(60)
    await both()
    expect(asked.slice(3)).toEqual([HOST_A, 'nobody.example.com'])
    // Unchanged options keep the keys.
    expect(two.fetches()).toBe(2)
  })

  it('is asked for anew by invalidate(), of its issuer or of all', async () => {
    const { two, server, asked } = await byHost()
    const token = await two.a.accessToken()
    const once = async (): Promise<unknown> => server.authenticate(bearer(token, { host: HOST_A }))
    await once()
    expect(server.invalidate(two.b.issuer)).toBe(false)
    await once()
    expect(asked).toEqual([HOST_A])
    expect(server.invalidate(two.a.issuer)).toBe(true)
    await once()
    expect(server.invalidate()).toBe(true)
    await once()
    expect(asked).toEqual([HOST_A, HOST_A, HOST_A])
  })

  it('that is removed is refused, whatever is cached', async () => {
    const two = await twoTenants()
    let removed = false
    const resolve = () => (removed ? undefined : two.optionsA)
    const server = two.serve({ tenants: { of: () => 'a', resolve } })
    const token = await two.a.accessToken()
    for (const _ of [1, 2, 3]) expect(verdict(await server.authenticate(bearer(token)))).toBe('accepted')
    removed = true
    server.invalidate()
    expect(verdict(await server.authenticate(bearer(token)))).toBe('401 token_invalid')
  })

  it('with other options is judged by those, whatever is cached', async () => {
    const two = await twoTenants()
    let audience = AUDIENCE_A
    const server = two.serve({ tenants: { of: () => 'a', resolve: () => ({ ...two.optionsA, audience }) } })
    const token = await two.a.accessToken()
    for (const _ of [1, 2, 3]) expect(verdict(await server.authenticate(bearer(token)))).toBe('accepted')
    audience = 'https://other.example.com'
    server.invalidate()
    expect(verdict(await server.authenticate(bearer(token)))).toBe('401 token_invalid')
  })

  it('is not waited for by ready() and preload()', async () => {
    const { server, asked } = await byHost()
    await server.preload()
    expect([await server.ready(), asked]).toEqual([{ ready: true, issuers: [] }, []])
  })
})

describe('what a request says of its tenant', () => {
  async function told(parts: Parameters<typeof bearer>[1], authorization?: string): Promise<TenantRequest> {
    const two = await twoTenants()
    const seen: TenantRequest[] = []
    const of = (sent: TenantRequest): undefined => void seen.push(sent)
    const server = two.serve({ tenants: { of, resolve: () => undefined } })
    await server.authenticate(
      authorization === undefined ? bearer(await two.a.accessToken(), parts) : request({ ...parts, authorization }),
    )
    const [first] = seen
    if (first === undefined) throw new Error('it was not asked')
    return first
  }

  it('is host, path, headers and the unverified issuer', async () => {
    const sent = await told({ host: 'A.example.com:8443', target: '/t/%61/x?y=1', headers: ['X-Tenant', 'acme'] })
    expect([sent.host, sent.path, sent.header('X-Tenant'), sent.issuer]).toEqual([
      'a.example.com',
      '/t/%61/x',
      'acme',
      'https://a.issuer.test/',
    ])
  })

  it('is no header that came twice, or not', async () => {
    const sent = await told({ headers: ['X-Tenant', 'a', 'x-tenant', 'b'] })
    expect([sent.header('x-tenant'), sent.header('x-other'), sent.header('__proto__')]).toEqual([
      undefined,
      undefined,
      undefined,
    ])
  })

  it.each(['Bearer x', 'Bearer', 'Basic x', 'Bearer e30.e30.e30', `Bearer ${'x'.repeat(20_000)}`, '\u0000'])(
    'is no issuer with %.20j',
    async (authorization) => {
      expect((await told({}, authorization)).issuer).toBeUndefined()
    },
  )
})

describe('a function that fails is an outage', () => {
  async function outcome(tenants: unknown, parts: Parameters<typeof bearer>[1] = {}) {
    const two = await twoTenants()
    const server = two.serve({ tenants: tenants as TenantsByRequest, keys: { timeout: 0.02 } }) // mistakes, too
    const token = await two.a.accessToken()
    const sent = await server.authenticate(bearer(token, parts))
    const optional = await server.authenticate(request(parts), server.optional())
    expect(two.fetches()).toBe(0)
    expect(two.world.events.map(({ reason, status }) => [reason, status])).toEqual([
      ['tenant_unavailable', 503],
      ['tenant_unavailable', 503],
    ])
    expect(verdict(optional)).toBe('503 tenant_unavailable')
    const { headers, error } = refused(sent)
    expect([headers['retry-after'], headers['www-authenticate']]).toEqual(['1', undefined])
    return error
  }

  const THROWN = [...THROWN_VALUES, ['a refusal', new AuthError('token_invalid', { detail: 'x' })] as const]

  it.each(THROWN)('when of() throws %s', async (_, thrown) => {
    const of = () => {
      throw thrown
    }
    expect((await outcome({ of, resolve: () => undefined })).detail).toMatch(/^tenants\.of\(\) failed: /)
  })

  it.each(THROWN)('when resolve() throws %s', async (_, thrown) => {
    const resolve = () => {
      throw thrown
    }
    expect((await outcome({ of: () => 'a', resolve })).detail).toMatch(/^tenants\.resolve\(\) failed: /)
  })

  it.each(THROWN)('when resolve() rejects with %s', async (_, thrown) => {
    await outcome({ of: () => 'a', resolve: () => Promise.reject(thrown) })
  })

  it('when resolve() never answers', async () => {
    const { detail } = await outcome({ of: () => 'a', resolve: () => new Promise(() => undefined) })
    expect(detail).toBe('tenants.resolve() failed: no answer within 0.02 s')
  })

  it.each([
    ['a number', () => 1],
    ['an object', () => ({})],
    ['a list', () => ['a']],
    ['true', () => true],
    ['a promise', () => Promise.resolve('a')],
    ['a promise that rejects', () => Promise.reject(new Error('late'))],
  ])('when of() answers %s', async (_, of) => {
    await outcome({ of, resolve: () => ({ issuer: 'https://a.issuer.test/', audience: 'a' }) })
  })

  const GOOD = { issuer: 'https://a.issuer.test/', audience: AUDIENCE_A }

  it.each([
    ['text', 'https://a.issuer.test/'],
    ['false', false],
    ['true', true],
    ['a list', [GOOD]],
    ['an empty object', {}],
    ['no audience', { issuer: GOOD.issuer }],
    ['a misspelt name', { ...GOOD, audiense: 'a' }],
    ['hosts', { ...GOOD, hosts: [HOST_A] }],
    ['a mode there is not', { ...GOOD, dpop: 'off' }],
    ['an undefined mode', { ...GOOD, dpop: undefined }],
    ['an id that is no text', { ...GOOD, id: 1 }],
    ['an empty list of issuers', { audience: 'a', issuers: [] }],
    ['symmetric algorithms', { ...GOOD, algorithms: ['HS256'] }],
    ['keys on our own loopback', { ...GOOD, jwksUri: 'http://127.0.0.1:1/jwks' }],
    [
      'a then that throws',
      Object.defineProperty({}, 'then', {
        get: () => {
          throw new Error('getter')
        },
      }),
    ],
  ])('when resolve() answers %s', async (_, answer) => {
    await outcome({ of: () => 'a', resolve: () => answer })
    await outcome({ of: () => 'a', resolve: async () => answer })
  })

  it('and not one any more when it works again', async () => {
    const two = await twoTenants()
    let broken = true
    const resolve = () => {
      if (broken) throw new Error('no database')
      return two.optionsA
    }
    const server = two.serve({ tenants: { of: () => 'a', resolve } })
    const token = await two.a.accessToken()
    expect(verdict(await server.authenticate(bearer(token)))).toBe('503 tenant_unavailable')
    broken = false
    expect(verdict(await server.authenticate(bearer(token)))).toBe('accepted')
  })

  it('is told without what could harm a log', async () => {
    const { detail } = await outcome({ of: () => 'a', resolve: () => Promise.reject(new Error('x\n\u001b[31m')) })
    expect(detail).toBe(String.raw`tenants.resolve() failed: x\u000a\u001b[31m`)
  })
})

describe('names that anybody can make up', () => {
  it('are not asked for beyond 1,024 characters', async () => {
    const two = await twoTenants()
    const resolve = vi.fn<() => undefined>(() => undefined)
    const server = two.serve({ tenants: { of: (sent) => sent.header('x-tenant'), resolve } })
    const sent = (length: number) => request({ authorization: 'Bearer x', headers: ['X-Tenant', 'a'.repeat(length)] })
    expect(verdict(await server.authenticate(sent(1025)))).toBe('401 token_invalid')
    expect(resolve).toHaveBeenCalledTimes(0)
    await server.authenticate(sent(1024))
    expect(resolve).toHaveBeenCalledTimes(1)
  })

  it.each(['__proto__', 'constructor', 'toString', '\u2028', '../a', "' or 1=1"])(
    'such as %j are names',
    async (name) => {
      const two = await twoTenants()
      const asked: string[] = []
      const resolve = (given: string): undefined => void asked.push(given)
      const server = two.serve({ tenants: { of: (sent) => sent.header('x-tenant'), resolve } })
      const sent = bearer(await two.a.accessToken(), { headers: ['X-Tenant', name] })
      expect(verdict(await server.authenticate(sent))).toBe('401 token_invalid')
      expect(asked).toEqual([name])
      expect(two.world.events.at(-1)?.detail).not.toMatch(/[^\x20-\x7e]/)
    },
  )

  it('are forgotten: ten thousand hosts cause no fetch, and the first is asked for anew', async () => {
    const { two, server, asked } = await byHost()
    const token = await two.a.accessToken()
    const at = (n: number) => server.authenticate(bearer(token, { host: `h${n}.example.com` }))
    for (let n = 0; n < 10_000; n++) await at(n)
    expect([asked.length, two.fetches()]).toEqual([10_000, 0])
    await at(9_999)
    expect(asked.length).toBe(10_000)
    await at(0)
    expect(asked.length).toBe(10_001)
    expect(server.issuerStatus()).toEqual([])
  })

  it('that a resolver says yes to evict each other, and not the tenants whose keys were had', async () => {
    const two = await twoTenants()
    const asked: string[] = []
    const resolve = (name: string) => {
      asked.push(name)
      return two.optionsA
    }
    const server = two.serve({ tenants: { of: ({ host }) => host, resolve } })
    const token = await two.a.accessToken()
    expect(verdict(await server.authenticate(bearer(token, { host: HOST_A })))).toBe('accepted')
    for (let n = 0; n < 2000; n++) await server.authenticate(request({ host: `h${n}.example.com` }))
    expect(server.issuerStatus().length).toBe(251)
    expect(verdict(await server.authenticate(bearer(token, { host: HOST_A })))).toBe('accepted')
    expect([asked.length, two.fetches()]).toEqual([2001, 2])
  })
})
