import { fakeAuth } from '@acme/auth-testing'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createBearerResourceServer } from '../src/bearer.js'
import { accepted, AUDIENCE, createWorld, faultOf, request, verdict } from './support.js'

const world = await createWorld()
const { server } = world

beforeEach(() => vi.stubEnv('NODE_ENV', 'test'))
afterEach(() => {
  vi.unstubAllEnvs()
  Reflect.deleteProperty(globalThis, Symbol.for('@acme/auth-testing.fake-caller'))
})

describe('fakeAuth', () => {
  it('sends every request, without a token', async () => {
    fakeAuth({
      sub: 'user-2',
      scopes: ['read', 'write'],
      permissions: ['p'],
      roles: ['r'],
      claims: { org_id: 'org_1' },
    })
    const auth = accepted(await server.authenticate(request(), server.requirements('read')))
    expect(auth).toMatchObject({ scheme: 'Bearer', subject: 'user-2', scopes: ['read', 'write'], roles: ['r'] })
    expect([auth.claims['org_id'], auth.permissions, auth.clientId]).toEqual(['org_1', ['p'], 'client-1'])
    expect(accepted(await server.authenticate(request(), server.optional())).subject).toBe('user-2')
  })

  it('does not meet what it does not have', async () => {
    fakeAuth({ scopes: 'read' })
    expect(verdict(await server.authenticate(request(), server.requirements('write')))).toBe('403 scope_missing')
    const machine = server.requirements({ clientCredentials: true })
    expect(verdict(await server.authenticate(request(), machine))).toBe('403 client_required')
    fakeAuth({ clientCredentials: true, sub: undefined })
    expect(accepted(await server.authenticate(request(), machine)).subject).toBe(undefined)
    const dpop = server.requirements({ dpop: 'required' })
    expect(verdict(await server.authenticate(request(), dpop))).toBe('400 dpop_required')
    fakeAuth({ dpop: true })
    expect(accepted(await server.authenticate(request(), dpop)).scheme).toBe('DPoP')
  })

  it('ends with restore(), and with dispose', async () => {
    const fake = fakeAuth()
    expect(verdict(await server.authenticate(request()))).toBe('accepted')
    fake.restore()
    expect(verdict(await server.authenticate(request()))).toBe('401 credentials_missing')
    fakeAuth()[Symbol.dispose]()
    expect(verdict(await server.authenticate(request()))).toBe('401 credentials_missing')
  })

  it('has claims that nobody can change for the next request', async () => {
    const claims = { list: ['a'] }
    fakeAuth({ claims })
    claims.list.push('b')
    expect(accepted(await server.authenticate(request())).claims['list']).toEqual(['a'])
  })

  it('cannot be begun in production', async () => {
    vi.stubEnv('NODE_ENV', 'production')
    expect((await faultOf(() => fakeAuth())).message).toBe('fakeAuth() is for tests, and NODE_ENV is production')
  })

  it('lets nobody in where it is left on in production', async () => {
    fakeAuth()
    vi.stubEnv('NODE_ENV', 'production')
    expect((await faultOf(() => server.authenticate(request()))).message).toContain('NODE_ENV is production')
  })

  it('refuses options that there are not', async () => {
    const error = await faultOf(() => fakeAuth({ scope: 'read' } as object))
    expect([error.name, error.message]).toEqual([
      'TypeError',
      expect.stringMatching(/^fakeAuth: unknown option "scope"/),
    ])
  })

  it('does not reach the entry for Bearer tokens alone', async () => {
    fakeAuth()
    const bearer = createBearerResourceServer({ issuer: world.issuer.issuer, audience: AUDIENCE })
    expect(verdict(await bearer.authenticate(request()))).toBe('401 credentials_missing')
  })
})
