import { inspect } from 'node:util'

import { Controller, Get, Inject, Injectable, Module } from '@nestjs/common'
import { afterAll, beforeAll, describe, expect, expectTypeOf, it } from 'vitest'

import { Auth, Auth0Module, RequireAuth, RESOURCE_SERVER } from '../src/index.js'
import type { AuthContext, AuthOptions, ResourceServer } from '../src/index.js'
import { createApp, platforms, serve } from './serve.js'
import { createWorld, expired, lacksScope, noCredentialsFor, send } from '@acme/tests-adapters'
import type { World } from '@acme/tests-adapters'

let world: World
beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world.issuer.close())

@Controller()
class TestController {
  @Get()
  @RequireAuth('read')
  subject(@Auth() auth: AuthContext): string | undefined {
    return auth.subject
  }
}

/** Where an application keeps its settings. */
@Injectable()
class Settings {
  options: AuthOptions = world.options
}

@Module({
  providers: [Settings, { provide: 'AUDIENCE', useFactory: () => world.options.audience }],
  exports: [Settings, 'AUDIENCE'],
})
class SettingsModule {}

const controllers = [TestController]

describe.each(platforms)('Auth0Module.forRootAsync on %s', (platform) => {
  it.each([
    ['at once', (settings: Settings, audience: string): AuthOptions => ({ ...settings.options, audience })],
    [
      'later',
      async (settings: Settings, audience: string): Promise<AuthOptions> => ({ ...settings.options, audience }),
    ],
  ])('takes options that a factory gives %s from what is injected', async (_name, useFactory) => {
    const auth = Auth0Module.forRootAsync({ imports: [SettingsModule], inject: [Settings, 'AUDIENCE'], useFactory })
    const port = await serve(platform, { imports: [auth], controllers })
    expect(await send(port, '/')).toEqual(noCredentialsFor('read'))
    expect(await send(port, '/', await world.bearer())).toEqual(lacksScope('read'))
    expect(await send(port, '/', await world.bearer({ scope: 'read', expiresIn: -60 }))).toEqual(expired)
    expect(await send(port, '/', await world.bearer({ scope: 'read' }))).toMatchObject({ status: 200, body: 'user-1' })
  })
})

describe('Auth0Module.forRoot', () => {
  it('refuses trustProxy, and names the settings of the platforms', () => {
    const options = { ...world.options, trustProxy: 1 }
    expect(() => Auth0Module.forRoot(options)).toThrow(
      "want the framework's own setting: app.set('trust proxy', ...) on Express, new FastifyAdapter({ trustProxy: ... }) on Fastify",
    )
  })
})

describe('Auth0Module.forRootAsync', () => {
  const down = new Error('the configuration service is down')

  it.each([
    ['no issuer', (): AuthOptions => ({ audience: 'a' }), /^AUTH0_DOMAIN is not set/],
    ['an unknown name', () => ({ ...world.options, dpopMode: 'x' }), /"dpopMode"/],
    ['a rejection', () => Promise.reject(down), down.message],
  ])('keeps the application from starting: %s', async (_name, useFactory, message) => {
    const auth = Auth0Module.forRootAsync({ useFactory })
    await expect(createApp('Express', { imports: [auth], controllers })).rejects.toThrow(message)
  })

  it('keeps the application from starting without what it injects', async () => {
    const auth = Auth0Module.forRootAsync({ inject: [Settings], useFactory: (settings: Settings) => settings.options })
    await expect(createApp('Express', { imports: [auth], controllers })).rejects.toThrow(/Settings/)
  })
})

describe('Auth0Module.forRoot', () => {
  it.each([
    ['nothing for an issuer', { audience: 'https://api.test/' }, /^AUTH0_DOMAIN is not set/],
    ['no audience', { domain: 'tenant.auth0.com' }, /^AUTH0_AUDIENCE is not set/],
    ['an unknown name', { domain: 'tenant.auth0.com', audience: 'https://api.test/', dpopMode: 'x' }, /"dpopMode"/],
  ])('throws at once: %s', (_name, options, message) => {
    expect(() => Auth0Module.forRoot(options)).toThrow(TypeError)
    expect(() => Auth0Module.forRoot(options)).toThrow(message)
  })

  it.each([
    ['the options', undefined, /^options: got undefined/],
    ['publicOrigins', { publicOrigins: undefined }, /^publicOrigins: got undefined/],
    ['tokenProfile', { tokenProfile: undefined }, /^tokenProfile: got undefined/],
  ])('takes nothing from the environment where %s are undefined', (_name, options, message) => {
    const forRoot = (...given: readonly unknown[]): unknown => Reflect.apply(Auth0Module.forRoot, Auth0Module, given)
    const given = options === undefined ? undefined : { ...world.options, ...options }
    expect(() => forRoot(given)).toThrow(message)
  })

  it('gives providers the resource server', async () => {
    @Injectable()
    class Service {
      readonly resourceServer: ResourceServer
      constructor(@Inject(RESOURCE_SERVER) resourceServer: ResourceServer) {
        this.resourceServer = resourceServer
      }
    }
    const app = await createApp('Express', { imports: [Auth0Module.forRoot(world.options)], providers: [Service] })
    const { resourceServer } = app.get(Service)
    await expect(resourceServer.verifyAccessToken('token')).rejects.toMatchObject({ reason: 'token_invalid' })
    await expect(resourceServer.verifyAccessToken(await world.issuer.accessToken())).resolves.toMatchObject({
      claims: { sub: 'user-1' },
    })
  })
})

describe.each(platforms)('the token on %s', (platform) => {
  const printers: readonly (readonly [string, (context: AuthContext) => string])[] = [
    ['JSON.stringify', (context) => JSON.stringify({ context })],
    ['util.inspect', (context) => inspect({ context }, { depth: Infinity })],
    ['a copy', (context) => JSON.stringify({ ...context })],
  ]

  async function servePrinter(print: (context: AuthContext) => string): Promise<number> {
    @Controller()
    class PrintController {
      @Get()
      @RequireAuth()
      print(@Auth() auth: AuthContext): string {
        return print(auth)
      }
    }
    return serve(platform, { imports: [Auth0Module.forRoot(world.options)], controllers: [PrintController] })
  }

  it.each(printers)('is not in %s', async (_name, print) => {
    const token = await world.issuer.accessToken()
    const { status, body } = await send(await servePrinter(print), '/', [['Authorization', `Bearer ${token}`]])
    expect(status).toBe(200)
    for (const part of ['token', ...token.split('.')]) expect(body).not.toContain(part)
  })

  it('is there for calling other services', async () => {
    const token = await world.issuer.accessToken()
    const port = await servePrinter((context) => context.token)
    const answer = await send(port, '/', [['Authorization', `Bearer ${token}`]])
    expect(answer).toMatchObject({ status: 200, body: token })
  })
})

it('types of what is injected', () => {
  expectTypeOf(Auth).returns.toEqualTypeOf<ParameterDecorator>()
  expectTypeOf<Awaited<ReturnType<ResourceServer['verifyRequest']>>>().toEqualTypeOf<AuthContext | null>()
})
