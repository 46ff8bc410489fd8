import { Hono } from 'hono'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'

import * as entire from '../src/index.js'
import * as bearer from '../src/bearer.js'
import { serve } from './serve.js'
import { createWorld, expired, lacksScope, noCredentials, send } from '@acme/tests-adapters'
import type { World } from '@acme/tests-adapters'

let world: World
beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world.issuer.close())
beforeEach(() => {
  for (const name of ['AUTH0_DOMAIN', 'AUTH0_ISSUER', 'AUTH0_AUDIENCE', 'AUTH0_DPOP']) vi.stubEnv(name, undefined)
})
afterEach(() => {
  vi.unstubAllEnvs()
  vi.unstubAllGlobals()
})

function variables(): Record<string, string> {
  return { AUTH0_ISSUER: world.options.issuer, AUTH0_AUDIENCE: world.options.audience }
}

function appOf({ requireAuth, optionalAuth }: Pick<bearer.HonoBearerAuth, 'requireAuth' | 'optionalAuth'>): Hono {
  const app = new Hono()
  app.get('/', requireAuth(), (c) => c.text(String(c.var.auth.subject)))
  app.get('/read', requireAuth('read'), (c) => c.text(String(c.var.auth.subject)))
  app.get('/optional', optionalAuth(), (c) => c.text(c.var.auth?.subject ?? 'nobody'))
  return app
}

describe('@acme/auth-hono/bearer', () => {
  it('guards with options, over a socket', async () => {
    const port = await serve(
      appOf(bearer.createAuth({ issuer: world.options.issuer, audience: world.options.audience })),
    )
    const refused = await send(port, '/')
    expect(refused).toMatchObject({ status: 401, body: noCredentials.body })
    expect(refused.headers).toContain('www-authenticate: Bearer realm="api"')
    expect(await send(port, '/', await world.bearer())).toMatchObject({ status: 200, body: 'user-1' })
    expect((await send(port, '/', await world.bearer({ expiresIn: -60 }))).body).toBe(expired.body)
    expect((await send(port, '/read', await world.bearer())).body).toBe(lacksScope('read').body)
    expect(await send(port, '/optional')).toMatchObject({ status: 200, body: 'nobody' })
    expect((await send(port, '/', [...(await world.bearer()), ...(await world.bearer())])).status).toBe(400)
  })

  it('takes options from the environment, at once', () => {
    expect(() => bearer.requireAuth()).toThrow(/^AUTH0_DOMAIN is not set/)
    for (const [name, value] of Object.entries(variables())) vi.stubEnv(name, value)
    vi.stubEnv('AUTH0_DPOP', 'required')
    expect(() => bearer.createAuth()).toThrow(/^dpop: got .*"required"/)
    vi.stubEnv('AUTH0_DPOP', undefined)
    expect(bearer.createAuth({ realm: 'x' }).resourceServer.requirements('a').scopes).toEqual(['a'])
  })
})

it('reads AUTH0_DPOP in a Worker where options have all but the mode', async () => {
  vi.stubGlobal('navigator', { userAgent: 'Cloudflare-Workers' })
  const { issuer, audience } = world.options
  const app = appOf(entire.createAuth({ issuer, audience }))
  const headers = Object.fromEntries(await world.bearer())
  const ask = async (env: object): Promise<number> => (await app.request('http://api.test/', { headers }, env)).status
  expect(await ask({})).toBe(200)
  expect(await ask({ AUTH0_DPOP: 'required' })).toBe(400)
})

const BEARER = (options: bearer.BearerOptions): bearer.HonoBearerAuth => bearer.createAuth(options)

describe.each([
  [
    '@acme/auth-hono',
    entire,
    (options: bearer.BearerOptions) => entire.createAuth(options),
    (options: bearer.BearerOptions) => entire.createAuth({ ...options, dpop: { mode: 'allowed' } }),
  ],
  ['@acme/auth-hono/bearer', bearer, BEARER, BEARER],
] as const)('%s in a Worker', (_name, { requireAuth, optionalAuth }, createAuth, createComplete) => {
  beforeEach(() => {
    vi.stubGlobal('navigator', { userAgent: 'Cloudflare-Workers' })
  })

  async function ask(app: Hono, env: object, headers: Record<string, string> = {}): Promise<readonly unknown[]> {
    const answer = await app.request('http://api.test/', { headers }, env)
    return [answer.status, await answer.text()]
  }

  async function authorization(): Promise<Record<string, string>> {
    return Object.fromEntries(await world.bearer())
  }

  it('reads the variables of requests', async () => {
    const app = appOf({ requireAuth, optionalAuth })
    expect((await ask(app, variables()))[0]).toBe(noCredentials.status)
    expect(await ask(app, variables(), await authorization())).toEqual([200, 'user-1'])
    expect(await ask(app, { ...variables(), KV: {}, AUTH0_DPOP: ' ' }, await authorization())).toEqual([200, 'user-1'])
  })

  it('reads what options lack from the variables of requests', async () => {
    const app = appOf(createAuth({ audience: world.options.audience }))
    expect(await ask(app, { AUTH0_ISSUER: world.options.issuer }, await authorization())).toEqual([200, 'user-1'])
    expect((await ask(app, { ...variables(), AUTH0_AUDIENCE: 'x' }, await authorization()))[0]).toBe(200)
  })

  it('answers with 500 where they are missing', async () => {
    const app = appOf({ requireAuth, optionalAuth })
    const faults: unknown[] = []
    app.onError((fault, c) => {
      faults.push(fault.message)
      return c.text('', 500)
    })
    expect(await ask(app, {}, await authorization())).toEqual([500, ''])
    expect(faults).toEqual([expect.stringMatching(/^AUTH0_DOMAIN is not set: .*AUTH0_AUDIENCE is not set/)])
  })

  it('makes its resource server at once where options lack nothing', () => {
    const options = { issuer: world.options.issuer, audience: world.options.audience }
    expect(createComplete(options).resourceServer.requirements('a').scopes).toEqual(['a'])
    expect(() => createAuth({ audience: 'a' }).resourceServer).toThrow(/^resourceServer: the variables of a Worker/)
  })

  it('takes those of the process where it has them', () => {
    for (const [name, value] of Object.entries(variables())) vi.stubEnv(name, value)
    expect(createAuth({ realm: 'x' }).resourceServer.requirements('a').scopes).toEqual(['a'])
  })
})
