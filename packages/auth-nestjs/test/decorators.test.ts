import { Controller, Get, Post, UseGuards } from '@nestjs/common'
import type { CanActivate, ExecutionContext, ModuleMetadata } from '@nestjs/common'
import { APP_GUARD } from '@nestjs/core'
import { ExecutionContextHost } from '@nestjs/core/helpers/execution-context-host.js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { Auth, Auth0Exception, Auth0Guard, Auth0Module, OptionalAuth, Public, RequireAuth } from '../src/index.js'
import type { AuthContext, CredentialsRequest } from '../src/index.js'
import { createApp, platforms, serve } from './serve.js'
import {
  createWorld,
  expired,
  forAnotherUrl,
  lacksScope,
  noCredentials,
  noCredentialsFor,
  replayed,
  send,
} from '@acme/tests-adapters'
import type { Header, World } from '@acme/tests-adapters'

let world: World
beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world.issuer.close())

const HOST: Header = ['Host', 'internal.test']
const passed = { status: 200, body: 'user-1' }
const nobody = { status: 200, body: 'nobody' }

function nameOf(auth: AuthContext | null): string {
  return auth === null ? 'nobody' : String(auth.subject)
}

@Controller('bare')
class BareController {
  @Get()
  bare(@Auth() auth: AuthContext | null): string {
    return nameOf(auth)
  }

  @Get('public')
  @Public()
  public(@Auth() auth: AuthContext | null): string {
    return nameOf(auth)
  }

  @Get('optional')
  @OptionalAuth()
  optional(@Auth() auth: AuthContext | null): string {
    return nameOf(auth)
  }

  @Get('a')
  @RequireAuth('a')
  a(@Auth() auth: AuthContext): string {
    return nameOf(auth)
  }

  @Get('a-and-b')
  @RequireAuth('a', 'b')
  both(@Auth() auth: AuthContext): string {
    return nameOf(auth)
  }
}

@Controller('required')
@RequireAuth('a')
class RequiredController {
  @Get()
  inherited(@Auth() auth: AuthContext): string {
    return nameOf(auth)
  }

  @Get('b')
  @RequireAuth('b')
  b(@Auth() auth: AuthContext): string {
    return nameOf(auth)
  }

  @Get('public')
  @Public()
  public(@Auth() auth: AuthContext | null): string {
    return nameOf(auth)
  }

  @Get('optional')
  @OptionalAuth()
  optional(@Auth() auth: AuthContext | null): string {
    return nameOf(auth)
  }
}

@Controller('public')
@Public()
class PublicController {
  @Get()
  inherited(@Auth() auth: AuthContext | null): string {
    return nameOf(auth)
  }

  @Get('b')
  @RequireAuth('b')
  b(@Auth() auth: AuthContext): string {
    return nameOf(auth)
  }
}

@Controller('optional')
@OptionalAuth()
class OptionalController {
  @Get()
  inherited(@Auth() auth: AuthContext | null): string {
    return nameOf(auth)
  }

  @Get('b')
  @RequireAuth('b')
  b(@Auth() auth: AuthContext): string {
    return nameOf(auth)
  }
}

const controllers = [BareController, RequiredController, PublicController, OptionalController]

function metadata(more: ModuleMetadata = {}): ModuleMetadata {
  return { imports: [Auth0Module.forRoot(world.options)], controllers, ...more }
}

describe('requirements of a wrong form throw when the decorator is applied', () => {
  const words = "words such as 'read:messages', as a list or by spaces, not commas"

  it.each([
    ['an empty string', () => RequireAuth(''), `scopes: got "", want ${words}`],
    ['an empty list', () => RequireAuth([]), `scopes: got [], want ${words}`],
    ['an empty string among scopes', () => RequireAuth('a', ''), `scopes: got "", want ${words}`],
    ['two scopes in one item', () => RequireAuth(['a b']), `scopes: got ["a b"], want ${words}`],
    // @ts-expect-error -- the name is not known
    ['an unknown name', () => RequireAuth({ scope: 'a' }), /^requireAuth: unknown option "scope"/],
    // @ts-expect-error -- an undefined variable must not open the route
    ['undefined', () => RequireAuth(undefined), /^scopes: got /],
  ])('%s', (_name, create, message) => {
    expect(create).toThrow(TypeError)
    expect(create).toThrow(message)
  })
})

describe.each(platforms)('decorators on %s', (platform) => {
  describe.each([
    ['without a guard for the application', () => metadata()],
    ['behind APP_GUARD', () => metadata({ providers: [{ provide: APP_GUARD, useClass: Auth0Guard }] })],
    [
      'behind APP_GUARD of the module',
      () => metadata({ providers: [{ provide: APP_GUARD, useExisting: Auth0Guard }] }),
    ],
  ])('%s', (_name, make) => {
    it('what a route requires is required', async () => {
      const port = await serve(platform, make())
      expect(await send(port, '/bare/a')).toEqual(noCredentialsFor('a'))
      expect(await send(port, '/bare/a', await world.bearer({ scope: 'b' }))).toEqual(lacksScope('a'))
      expect(await send(port, '/bare/a-and-b', await world.bearer({ scope: 'a' }))).toEqual(lacksScope('a b'))
      expect(await send(port, '/bare/a-and-b', await world.bearer({ scope: 'b' }))).toEqual(lacksScope('a b'))
      expect(await send(port, '/bare/a', await world.bearer({ scope: 'a' }))).toMatchObject(passed)
      expect(await send(port, '/bare/a-and-b', await world.bearer({ scope: 'b a' }))).toMatchObject(passed)
    })

    it('what the controller requires is required as well', async () => {
      const port = await serve(platform, make())
      expect(await send(port, '/required')).toEqual(noCredentialsFor('a'))
      expect(await send(port, '/required', await world.bearer({ scope: 'b' }))).toEqual(lacksScope('a'))
      expect(await send(port, '/required/b', await world.bearer({ scope: 'a' }))).toEqual(lacksScope('a b'))
      expect(await send(port, '/required/b', await world.bearer({ scope: 'b' }))).toEqual(lacksScope('a b'))
      expect(await send(port, '/required', await world.bearer({ scope: 'a' }))).toMatchObject(passed)
      expect(await send(port, '/required/b', await world.bearer({ scope: 'a b' }))).toMatchObject(passed)
    })

    it('a controller that is public or optional gives way to a route that requires something', async () => {
      const port = await serve(platform, make())
      for (const target of ['/public/b', '/optional/b']) {
        expect(await send(port, target)).toEqual(noCredentialsFor('b'))
        expect(await send(port, target, await world.bearer({ scope: 'a' }))).toEqual(lacksScope('b'))
        expect(await send(port, target, await world.bearer({ scope: 'b' }))).toMatchObject(passed)
      }
    })

    it('public is open, and nobody is attached', async () => {
      const port = await serve(platform, make())
      for (const target of ['/bare/public', '/required/public', '/public']) {
        expect(await send(port, target)).toMatchObject(nobody)
        expect(await send(port, target, await world.bearer())).toMatchObject(nobody)
        expect(await send(port, target, await world.bearer({ expiresIn: -60 }))).toMatchObject(nobody)
      }
    })

    it('optional lets nobody pass, and refuses bad credentials', async () => {
      const port = await serve(platform, make())
      for (const target of ['/bare/optional', '/required/optional', '/optional']) {
        expect(await send(port, target, await world.bearer({ expiresIn: -60 }))).toEqual(expired)
        expect(await send(port, target)).toMatchObject(nobody)
        expect(await send(port, target, await world.bearer())).toMatchObject(passed)
      }
    })

    it('a proof counts once for all guards, and not again', async () => {
      const port = await serve(platform, make())
      const weak = await world.dpop('http://internal.test/required/b', { scope: 'a' })
      expect(await send(port, '/required/b', [HOST, ...weak])).toEqual(lacksScope('a b', 'DPoP'))
      const headers = [HOST, ...(await world.dpop('http://internal.test/required/b', { scope: 'a b' }))]
      expect(await send(port, '/required/b', headers)).toMatchObject(passed)
      expect(await send(port, '/required/b', headers)).toEqual(replayed)
    })
  })

  it('a route without decorators is open, and closed behind APP_GUARD', async () => {
    const open = await serve(platform, metadata())
    expect(await send(open, '/bare')).toMatchObject(nobody)
    expect(await send(open, '/bare', await world.bearer())).toMatchObject(nobody)
    const closed = await serve(platform, metadata({ providers: [{ provide: APP_GUARD, useClass: Auth0Guard }] }))
    expect(await send(closed, '/bare')).toEqual(noCredentials)
    expect(await send(closed, '/bare', await world.bearer())).toMatchObject(passed)
  })

  it('a global guard by hand obeys decorators too', async () => {
    const port = await serve(platform, metadata(), (app) => void app.useGlobalGuards(app.get<CanActivate>(Auth0Guard)))
    expect(await send(port, '/bare')).toEqual(noCredentials)
    expect(await send(port, '/bare/public')).toMatchObject(nobody)
  })

  it('a proof must be for the URL with the global prefix', async () => {
    const port = await serve(platform, metadata(), (app) => void app.setGlobalPrefix('api/v1'))
    const inner = await world.dpop('http://internal.test/bare/a', { scope: 'a' })
    expect(await send(port, '/api/v1/bare/a', [HOST, ...inner])).toEqual(forAnotherUrl)
    const whole = await world.dpop('http://internal.test/api/v1/bare/a', { scope: 'a' })
    expect(await send(port, '/api/v1/bare/a', [HOST, ...whole])).toMatchObject(passed)
  })

  it('HEAD is refused with all headers and no body', async () => {
    const port = await serve(platform, metadata())
    expect(await send(port, '/bare/a', [], 'HEAD')).toEqual({ ...noCredentialsFor('a'), body: '' })
  })

  it('a guard on a route that creates answers with its own status', async () => {
    @Controller()
    class CreateController {
      @Post()
      @UseGuards(Auth0Guard)
      create(@Auth() auth: AuthContext): string {
        return nameOf(auth)
      }
    }
    const port = await serve(platform, metadata({ controllers: [CreateController] }))
    expect(await send(port, '/', [], 'POST')).toEqual(noCredentials)
    expect(await send(port, '/', await world.bearer(), 'POST')).toMatchObject({ status: 201, body: 'user-1' })
  })
})

describe('a context that is not HTTP', () => {
  it.each([
    ['necord', /^Auth0Guard: necord is not known to it\. Else override getRequest/],
    ['ws', /handleConnection/],
    ['graphql', /GraphQL context/],
  ])('is refused by an error of its own, where no request is found: %s', async (type, message) => {
    const app = await createApp('Express', metadata())
    const context = new ExecutionContextHost([{}], BareController, BareController.prototype.a)
    context.setType(type)
    const refused = app.get(Auth0Guard).canActivate(context)
    await expect(refused).rejects.toThrow(message)
  })

  it('is judged by what getRequest of a derived guard finds', async () => {
    class BotGuard extends Auth0Guard {
      override getRequest(context: ExecutionContext): CredentialsRequest {
        return { headers: { authorization: String(context.getArgByIndex<{ token: unknown }>(0).token) } }
      }
    }
    const app = await createApp('Express', metadata({ providers: [BotGuard] }))
    const [[, authorization] = []] = await world.bearer({ scope: 'a' })
    const call = (handler: keyof BareController, token: unknown): ExecutionContextHost => {
      const context = new ExecutionContextHost([{ token }], BareController, BareController.prototype[handler])
      context.setType('bot')
      return context
    }
    const context = call('a', authorization)
    await expect(app.get(BotGuard).canActivate(context)).resolves.toBe(true)
    // The guard of the decorator comes after it.
    await expect(app.get(Auth0Guard).canActivate(context)).resolves.toBe(true)
    const refused = app.get(BotGuard).canActivate(call('both', authorization))
    await expect(refused).rejects.toMatchObject({ error: { reason: 'scope_missing' } })
    await expect(app.get(BotGuard).canActivate(call('a', 'Bearer x'))).rejects.toThrow(Auth0Exception)
  })
})
