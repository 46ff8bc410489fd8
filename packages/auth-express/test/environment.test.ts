import type { RequestHandler } from 'express'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'

import { createAuth, getAuth, getOptionalAuth, optionalAuth, requireAuth } from '../src/index.js'
import type { ExpressAuth } from '../src/index.js'
import { createApp, serve } from './serve.js'
import { createWorld, expired, lacksScope, noCredentialsFor, replayed, send } from '@acme/tests-adapters'
import type { World } from '@acme/tests-adapters'

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
      'AUTH0_DOMAIN is not set: want the tenant domain, such as tenant.auth0.com; for any other issuer set AUTH0_ISSUER, such as https://issuer.example.com/',
      { AUTH0_DOMAIN: ' ', AUTH0_AUDIENCE: 'https://api.test/' },
    ],
    [
      'AUTH0_AUDIENCE is not set: want the identifier of this API, such as https://api.example.com',
      { AUTH0_DOMAIN: 'tenant.auth0.com' },
    ],
    [
      'AUTH0_DOMAIN: got "https://tenant.auth0.com", want a domain without scheme or path, such as \'tenant.auth0.com\'',
      { AUTH0_DOMAIN: 'https://tenant.auth0.com', AUTH0_AUDIENCE: 'https://api.test/' },
    ],
    [
      'AUTH0_DPOP: got "on", want allowed, required or disabled',
      { AUTH0_DOMAIN: 'tenant.auth0.com', AUTH0_AUDIENCE: 'https://api.test/', AUTH0_DPOP: 'on' },
    ],
    [
      'AUTH0_AUDIENCE and AUTH0_API_AUDIENCE differ: keep one of them',
      { AUTH0_DOMAIN: 'tenant.auth0.com', AUTH0_AUDIENCE: 'https://a.test/', AUTH0_API_AUDIENCE: 'https://b.test/' },
    ],
  ])('throws at once: %s', (message, variables) => {
    set(variables)
    expect(create).toThrow(new TypeError(message))
  })
})

describe('guards from the environment', () => {
  const subject: RequestHandler = (request, response) => void response.send(getAuth(request).subject)

  it('verify against AUTH0_ISSUER', async () => {
    setIssuer()
    const port = await serve(createApp().get('/', requireAuth('read'), subject))
    expect(await send(port, '/')).toEqual(noCredentialsFor('read'))
    expect(await send(port, '/', await world.bearer())).toEqual(lacksScope('read'))
    expect(await send(port, '/', await world.bearer({ scope: 'read', expiresIn: -60 }))).toEqual(expired)
    expect(await send(port, '/', await world.bearer({ scope: 'read' }))).toMatchObject({ status: 200, body: 'user-1' })
  })

  it('let anonymous requests pass where credentials are optional', async () => {
    setIssuer()
    const port = await serve(
      createApp().get('/', optionalAuth(), (request, response) => void response.json(getOptionalAuth(request))),
    )
    expect(await send(port, '/', await world.bearer({ expiresIn: -60 }))).toEqual(expired)
    expect(await send(port, '/')).toMatchObject({ status: 200, body: 'null' })
  })

  it('obey AUTH0_DPOP', async () => {
    setIssuer()
    set({ AUTH0_DPOP: 'required' })
    const port = await serve(createApp().get('/', requireAuth(), subject))
    const { status, headers } = await send(port, '/')
    expect(status).toBe(401)
    expect(headers).toContain('www-authenticate: DPoP algs="ES256"')
  })

  it('share one replay store', async () => {
    setIssuer()
    const ports = [
      await serve(createApp().get('/', requireAuth(), subject)),
      await serve(createApp().get('/', requireAuth(), subject)),
    ]
    const headers = [['Host', 'api.example.com'] as const, ...(await world.dpop('http://api.example.com/'))]
    expect(await send(ports[0] ?? 0, '/', headers)).toMatchObject({ status: 200, body: 'user-1' })
    expect(await send(ports[1] ?? 0, '/', headers)).toEqual(replayed)
  })
})

describe('createAuth', () => {
  const ask = async (auth: ExpressAuth): Promise<unknown> => {
    const app = createApp()
    app.get('/', auth.requireAuth(), (req, res) => void res.send(getAuth(req).subject))
    return send(await serve(app), '/', await world.bearer())
  }

  it('takes from the environment what options lack', async () => {
    setIssuer()
    for (const auth of [createAuth(), createAuth({ realm: 'x' }), createAuth({ audience: world.options.audience })]) {
      expect(await ask(auth)).toMatchObject({ status: 200, body: 'user-1' })
    }
  })

  it('asks the environment for nothing that is given', async () => {
    set({ AUTH0_DOMAIN: '!', AUTH0_AUDIENCE: '', AUTH0_DPOP: 'on' })
    const auth = createAuth({ ...world.options, dpop: { mode: 'allowed' } })
    expect(await ask(auth)).toMatchObject({ status: 200, body: 'user-1' })
  })

  it.each([
    ['an issuer', { audience: 'https://api.test/' }, /^AUTH0_DOMAIN is not set/],
    ['an audience', { domain: 'tenant.auth0.com' }, /^AUTH0_AUDIENCE is not set/],
    ['both', {}, /^AUTH0_DOMAIN is not set: .*AUTH0_AUDIENCE is not set/],
    ['anything', undefined, /^options: got undefined/],
  ])('throws without %s anywhere', (_name, options, message) => {
    expect(() => Reflect.apply(createAuth, undefined, [options])).toThrow(message)
  })
})
