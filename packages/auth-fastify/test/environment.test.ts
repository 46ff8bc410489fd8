import fastify from 'fastify'
import type { FastifyInstance } from 'fastify'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'

import { auth0Plugin, getAuth } from '../src/index.js'
import type { AuthOptions, FastifyAuthOptions } from '../src/index.js'
import { serve } from './serve.js'
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

describe('auth0Plugin without options', () => {
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
  ])('rejects: %s', async (message, variables) => {
    set(variables)
    await expect(fastify({ requestIdHeader: 'x-request-id' }).register(auth0Plugin).ready()).rejects.toThrow(
      new TypeError(message),
    )
  })

  it('rejects below a prefix too, which is no option of the plugin', async () => {
    await expect(
      fastify({ requestIdHeader: 'x-request-id' }).register(auth0Plugin, { prefix: '/api', logLevel: 'warn' }).ready(),
    ).rejects.toThrow(/^AUTH0_DOMAIN is not set: /)
  })

  async function guarded(): Promise<number> {
    const app = fastify({ requestIdHeader: 'x-request-id' })
    await app.register(auth0Plugin)
    app.get('/', { preHandler: app.requireAuth('read') }, (request) => getAuth(request).subject)
    return serve(app)
  }

  it('verifies against AUTH0_ISSUER', async () => {
    setIssuer()
    const port = await guarded()
    expect(await send(port, '/')).toEqual(noCredentialsFor('read'))
    expect(await send(port, '/', await world.bearer())).toEqual(lacksScope('read'))
    expect(await send(port, '/', await world.bearer({ scope: 'read', expiresIn: -60 }))).toEqual(expired)
    expect(await send(port, '/', await world.bearer({ scope: 'read' }))).toMatchObject({ status: 200, body: 'user-1' })
  })

  it('obeys AUTH0_DPOP', async () => {
    setIssuer()
    set({ AUTH0_DPOP: 'required' })
    const { status, headers } = await send(await guarded(), '/')
    expect(status).toBe(401)
    expect(headers).toContain('www-authenticate: DPoP algs="ES256", scope="read"')
  })

  it('shares one replay store', async () => {
    setIssuer()
    const ports = [await guarded(), await guarded()]
    const proof = await world.dpop('http://api.example.com/', { scope: 'read' })
    const headers = [['Host', 'api.example.com'] as const, ...proof]
    expect(await send(ports[0] ?? 0, '/', headers)).toMatchObject({ status: 200, body: 'user-1' })
    expect(await send(ports[1] ?? 0, '/', headers)).toEqual(replayed)
  })

  it('shares it with a second registration in another scope', async () => {
    setIssuer()
    const app = fastify({ requestIdHeader: 'x-request-id' })
    const servers: unknown[] = []
    const scope = async (child: FastifyInstance): Promise<void> => {
      await child.register(auth0Plugin)
      servers.push(child.resourceServer)
    }
    await app.register(scope).register(scope).ready()
    expect(servers).toHaveLength(2)
    expect(servers[0]).toBe(servers[1])
  })
})

describe('auth0Plugin with options', () => {
  it('asks the environment for nothing that is given', async () => {
    set({ AUTH0_DPOP: 'on', AUTH0_AUDIENCE: 'https://other.test/' })
    const app = fastify({ requestIdHeader: 'x-request-id' })
    await app.register(auth0Plugin, { ...world.options, dpop: { mode: 'allowed' } })
    app.get('/', { preHandler: app.requireAuth() }, (request) => getAuth(request).subject)
    expect(await send(await serve(app), '/', await world.bearer())).toMatchObject({ status: 200, body: 'user-1' })
  })

  it.each<readonly [string, FastifyAuthOptions, RegExp]>([
    ['an issuer', { audience: 'https://api.test/' }, /^AUTH0_DOMAIN is not set/],
    ['an audience', { domain: 'tenant.auth0.com' }, /^AUTH0_AUDIENCE is not set/],
    ['both', { realm: 'x' }, /^AUTH0_DOMAIN is not set: .*AUTH0_AUDIENCE is not set/],
  ])('rejects options without %s, where the environment lacks it too', async (_name, options, message) => {
    await expect(fastify({ requestIdHeader: 'x-request-id' }).register(auth0Plugin, options).ready()).rejects.toThrow(
      message,
    )
  })

  it('take from the environment what they lack', async () => {
    setIssuer()
    const app = fastify({ requestIdHeader: 'x-request-id' })
    await app.register(auth0Plugin, { realm: 'x', domain: undefined })
    app.get('/', { preHandler: app.requireAuth() }, (request) => getAuth(request).subject)
    expect(await send(await serve(app), '/', await world.bearer())).toMatchObject({ status: 200, body: 'user-1' })
  })

  it.each([
    ['an unknown name', { domain: 'tenant.auth0.com', audience: 'https://api.test/', dpopMode: 'x' }, /"dpopMode"/],
    ['text for DPoP', { dpop: 'required' }, /^dpop: got "required"/],
    ['publicOrigins that are undefined', { publicOrigins: undefined }, /^publicOrigins: got undefined/],
  ])('rejects %s, whatever the environment says', async (_name, options, message) => {
    setIssuer()
    const ready = fastify({ requestIdHeader: 'x-request-id' })
      .register(auth0Plugin, options as AuthOptions)
      .ready() // wrong ones are the point
    await expect(ready).rejects.toThrow(TypeError)
    await expect(ready).rejects.toThrow(message)
  })
})
