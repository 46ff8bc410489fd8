import { Hono } from 'hono'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'

import { createAuth, optionalAuth, requireAuth } from '../src/index.js'
import { serve } from './serve.js'
import { createWorld, expired, forAnotherUrl, lacksScope, noCredentialsFor, replayed, send } from '@acme/tests-adapters'
import type { Header, World } from '@acme/tests-adapters'

let world: World
beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world.issuer.close())

const VARIABLES = ['AUTH0_DOMAIN', 'AUTH0_ISSUER', 'AUTH0_AUDIENCE', 'AUTH0_API_AUDIENCE', 'AUTH0_DPOP']
beforeEach(() => {
  for (const name of VARIABLES) vi.stubEnv(name, undefined)
})
afterEach(() => {
  vi.unstubAllEnvs()
})

function set(variables: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value)
}

function setIssuer(): void {
  set({ AUTH0_ISSUER: world.options.issuer, AUTH0_AUDIENCE: world.options.audience })
}

const passed = { status: 200, body: 'user-1' }

describe.each([
  ['requireAuth', () => requireAuth()],
  ['optionalAuth', () => optionalAuth()],
])('%s without options', (_name, create) => {
  it.each([
    [
      'AUTH0_DOMAIN is not set: want the tenant domain, such as tenant.auth0.com; for any other issuer set AUTH0_ISSUER, such as https://issuer.example.com/; AUTH0_AUDIENCE is not set: want the identifier of this API, such as https://api.example.com',
      {},
    ],
    [
      'AUTH0_AUDIENCE is not set: want the identifier of this API, such as https://api.example.com',
      { AUTH0_DOMAIN: 'tenant.auth0.com' },
    ],
    [
      'AUTH0_ISSUER: got "http://issuer.example.com/", want https; http is for loopback hosts only',
      { AUTH0_ISSUER: 'http://issuer.example.com/', AUTH0_AUDIENCE: 'https://api.test/' },
    ],
    [
      'AUTH0_DPOP: got "on", want allowed, required or disabled',
      { AUTH0_DOMAIN: 'tenant.auth0.com', AUTH0_AUDIENCE: 'https://api.test/', AUTH0_DPOP: 'on' },
    ],
  ])('throws at once: %s', (message, variables) => {
    set(variables)
    expect(create).toThrow(new TypeError(message))
  })
})

describe('guards from the environment', () => {
  it('verify against AUTH0_ISSUER', async () => {
    setIssuer()
    const port = await serve(new Hono().get('/', requireAuth('read'), (c) => c.text(String(c.var.auth.subject))))
    expect(await send(port, '/')).toEqual(noCredentialsFor('read'))
    expect(await send(port, '/', await world.bearer())).toEqual(lacksScope('read'))
    expect(await send(port, '/', await world.bearer({ scope: 'read', expiresIn: -60 }))).toEqual(expired)
    expect(await send(port, '/', await world.bearer({ scope: 'read' }))).toMatchObject(passed)
  })

  it('let anonymous requests pass where credentials are optional', async () => {
    setIssuer()
    const port = await serve(new Hono().get('/', optionalAuth(), (c) => c.json(c.var.auth)))
    expect(await send(port, '/', await world.bearer({ expiresIn: -60 }))).toEqual(expired)
    expect(await send(port, '/')).toMatchObject({ status: 200, body: 'null' })
  })

  it('obey AUTH0_DPOP', async () => {
    setIssuer()
    set({ AUTH0_DPOP: 'required' })
    const { status, headers } = await send(await serve(new Hono().get('/', requireAuth())), '/')
    expect(status).toBe(401)
    expect(headers).toContain('www-authenticate: DPoP algs="ES256"')
  })

  it('share one replay store', async () => {
    setIssuer()
    const ports = [
      await serve(new Hono().get('/', requireAuth(), (c) => c.text(String(c.var.auth.subject)))),
      await serve(new Hono().get('/', requireAuth(), (c) => c.text(String(c.var.auth.subject)))),
    ]
    const headers = [['Host', 'api.example.com'] as const, ...(await world.dpop('http://api.example.com/'))]
    expect(await send(ports[0] ?? 0, '/', headers)).toMatchObject(passed)
    expect(await send(ports[1] ?? 0, '/', headers)).toEqual(replayed)
  })

  it('trust no proxy', async () => {
    setIssuer()
    const port = await serve(new Hono().get('/', requireAuth(), (c) => c.text('done')))
    const forwarded: readonly Header[] = [
      ['Host', 'internal.test'],
      ['X-Forwarded-Host', 'api.example.com'],
    ]
    expect(await send(port, '/', [...forwarded, ...(await world.dpop('http://api.example.com/'))])).toEqual(
      forAnotherUrl,
    )
  })
})

describe('createAuth', () => {
  it('takes from the environment what options lack', async () => {
    setIssuer()
    const app = new Hono()
    app.get('/', createAuth({ realm: 'x', trustProxy: 1 }).requireAuth(), (c) => c.text(String(c.var.auth.subject)))
    app.get('/without', createAuth().requireAuth(), (c) => c.text(String(c.var.auth.subject)))
    const port = await serve(app)
    expect(await send(port, '/', await world.bearer())).toMatchObject(passed)
    expect(await send(port, '/without', await world.bearer())).toMatchObject(passed)
  })

  it.each([
    ['nothing for an issuer', { audience: 'https://api.test/' }, /^AUTH0_DOMAIN is not set/],
    ['no audience', { domain: 'tenant.auth0.com' }, /^AUTH0_AUDIENCE is not set/],
    ['an unknown name', { domain: 'tenant.auth0.com', audience: 'https://api.test/', dpopMode: 'x' }, /"dpopMode"/],
    [
      'a bad proxy',
      { domain: 'tenant.auth0.com', audience: 'https://api.test/', trustProxy: 'proxy' },
      /^trustProxy: /,
    ],
    ['bad hops', { domain: 'tenant.auth0.com', audience: 'https://api.test/', trustProxy: -1 }, /^trustProxy: /],
    ['nothing', undefined, /^options: got undefined/],
    ['null', null, /^options: got null/],
    ['text', 'x', /^options: got "x"/],
    ['dpop that is undefined', { domain: 'a.auth0.com', audience: 'a', dpop: undefined }, /^dpop: got undefined/],
    ['no proxies', { domain: 'tenant.auth0.com', audience: 'https://api.test/', trustProxy: [] }, /^trustProxy: /],
  ])('throws at once: %s', (_name, options, message) => {
    const create = (): unknown => Reflect.apply(createAuth, undefined, [options])
    expect(create).toThrow(TypeError)
    expect(create).toThrow(message)
  })

  it('takes a trustProxy that is undefined for none: nobody is trusted', () => {
    const environment: Record<string, string | undefined> = {}
    expect(createAuth({ ...world.options, trustProxy: environment['TRUST_PROXY'] })).toHaveProperty('resourceServer')
  })
})
