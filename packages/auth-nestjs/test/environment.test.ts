import { Controller, Get, UseGuards } from '@nestjs/common'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'

import { Auth, Auth0Guard, Auth0Module, RequireAuth } from '../src/index.js'
import type { AuthContext } from '../src/index.js'
import { createApp, platforms, serve } from './serve.js'
import { createWorld, expired, lacksScope, noCredentials, replayed, send } from '@acme/tests-adapters'
import type { Answer, World } from '@acme/tests-adapters'

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

@Controller()
@UseGuards(Auth0Guard)
class PlainController {
  @Get()
  subject(@Auth() auth: AuthContext): string | undefined {
    return auth.subject
  }
}

@Controller('read')
class ReadController {
  @Get()
  @RequireAuth('read')
  subject(@Auth() auth: AuthContext): string | undefined {
    return auth.subject
  }
}

const passed = { status: 200, body: 'user-1' }

/** Express adds one to all that Nest's own filter sends. */
function withoutETag(answer: Answer): Answer {
  return { ...answer, headers: answer.headers.filter((header) => !header.startsWith('etag: ')) }
}

const controllers = [PlainController, ReadController]

const settings: readonly (readonly [string, Readonly<Record<string, string>>])[] = [
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
]

describe('without options', () => {
  it.each(settings)('Auth0Module.forRoot() throws at once: %s', (message, variables) => {
    set(variables)
    expect(() => Auth0Module.forRoot()).toThrow(new TypeError(message))
  })

  it.each(settings)('an application without the module does not start: %s', async (message, variables) => {
    set(variables)
    await expect(createApp('Express', { controllers })).rejects.toThrow(
      new TypeError(`${message}; or import Auth0Module.forRoot(...), which gives the settings`),
    )
  })

  it('forRoot(options) asks the environment for nothing that is given', () => {
    set({ AUTH0_DOMAIN: '!', AUTH0_DPOP: 'on' })
    expect(Auth0Module.forRoot({ ...world.options, dpop: { mode: 'allowed' } })).toMatchObject({
      module: Auth0Module,
      global: true,
    })
  })
})

describe.each(platforms)('from the environment, on %s', (platform) => {
  it.each([
    ['forRoot', () => Auth0Module.forRoot({ realm: 'x' })],
    ['forRootAsync', () => Auth0Module.forRootAsync({ useFactory: () => ({ realm: 'x' }) })],
  ])('takes what options lack, in Auth0Module.%s()', async (_name, create) => {
    setIssuer()
    const port = await serve(platform, { imports: [create()], controllers })
    expect(await send(port, '/read', await world.bearer({ scope: 'read' }))).toMatchObject({ status: 200 })
  })

  it('guards with Auth0Module.forRoot()', async () => {
    setIssuer()
    const port = await serve(platform, { imports: [Auth0Module.forRoot()], controllers })
    expect(await send(port, '/')).toEqual(noCredentials)
    expect(await send(port, '/', await world.bearer({ expiresIn: -60 }))).toEqual(expired)
    expect(await send(port, '/read', await world.bearer())).toEqual(lacksScope('read'))
    expect(await send(port, '/', await world.bearer())).toMatchObject(passed)
    expect(await send(port, '/read', await world.bearer({ scope: 'read' }))).toMatchObject(passed)
  })

  it("guards without the module, answered by Nest's own filter", async () => {
    setIssuer()
    const port = await serve(platform, { controllers })
    expect(withoutETag(await send(port, '/'))).toEqual(noCredentials)
    expect(withoutETag(await send(port, '/', await world.bearer({ expiresIn: -60 })))).toEqual(expired)
    expect(withoutETag(await send(port, '/read', await world.bearer()))).toEqual(lacksScope('read'))
    expect(await send(port, '/', await world.bearer())).toMatchObject(passed)
    expect(await send(port, '/read', await world.bearer({ scope: 'read' }))).toMatchObject(passed)
  })

  it('guards of two controllers and two applications share one replay store', async () => {
    setIssuer()
    const ports = [
      await serve(platform, { controllers }),
      await serve(platform, { imports: [Auth0Module.forRoot()], controllers }),
    ]
    const headers = [['Host', 'api.example.com'] as const, ...(await world.dpop('http://api.example.com/'))]
    expect(await send(ports[0] ?? 0, '/', headers)).toMatchObject(passed)
    expect(withoutETag(await send(ports[0] ?? 0, '/', headers))).toEqual(replayed)
    expect(await send(ports[1] ?? 0, '/', headers)).toEqual(replayed)
  })
})
