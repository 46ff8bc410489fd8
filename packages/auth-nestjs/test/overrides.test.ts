import { createResourceServer } from '@acme/auth-core'
import { Controller, Get, Injectable, UseGuards } from '@nestjs/common'
import type { CanActivate, ExecutionContext, INestApplication, ModuleMetadata } from '@nestjs/common'
import { APP_GUARD } from '@nestjs/core'
import { Test } from '@nestjs/testing'
import type { TestingModuleBuilder } from '@nestjs/testing'
import { of } from 'rxjs'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'

import { Auth, Auth0Guard, Auth0Module, RequireAuth, RESOURCE_SERVER } from '../src/index.js'
import type { AuthContext } from '../src/index.js'
import { createWorld, send } from '@acme/tests-adapters'
import type { World } from '@acme/tests-adapters'

let world: World
beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world.issuer.close())

@Controller('bare')
class BareController {
  @Get()
  bare(@Auth() auth: AuthContext | null): string {
    return nameOf(auth)
  }
}

class Base {
  @RequireAuth('handler')
  overridden(@Auth() auth: AuthContext | null): string {
    return nameOf(auth)
  }
}

@Controller('required')
@RequireAuth('class')
class RequiredController extends Base {
  @Get()
  route(@Auth() auth: AuthContext | null): string {
    return nameOf(auth)
  }

  @Get('handler')
  @RequireAuth('handler')
  handler(@Auth() auth: AuthContext | null): string {
    return nameOf(auth)
  }

  @Get('named')
  @UseGuards(Auth0Guard)
  named(@Auth() auth: AuthContext | null): string {
    return nameOf(auth)
  }
}

// Nest loses the guard of the handler that this one overrides: another of ours stands in.
@Controller('derived')
class DerivedController extends Base {
  @Get()
  override overridden(@Auth() auth: AuthContext | null): string {
    return nameOf(auth)
  }
}

const decorated = ['/required', '/required/handler', '/required/named', '/derived']

function nameOf(auth: AuthContext | null): string {
  return auth?.subject ?? 'nobody'
}

/** As tests write them. */
const permissive: CanActivate = {
  canActivate(context) {
    context.switchToHttp().getRequest<{ auth?: unknown }>().auth = { subject: 'tester' }
    return true
  },
}

@Injectable()
class DerivedGuard extends Auth0Guard {
  override async canActivate(context: ExecutionContext): Promise<boolean> {
    return permissive.canActivate(context) === true
  }
}

async function start(builder: TestingModuleBuilder): Promise<number> {
  const testing = await builder.compile()
  const app: INestApplication = testing.createNestApplication({ logger: false })
  onTestFinished(() => app.close())
  await app.listen(0, '127.0.0.1')
  return Number(new URL(await app.getUrl()).port)
}

function moduleWith(providers: ModuleMetadata['providers'] = []): TestingModuleBuilder {
  return Test.createTestingModule({
    imports: [Auth0Module.forRoot(world.options)],
    controllers: [BareController, RequiredController, DerivedController],
    providers,
  })
}

const overrides: readonly (readonly [string, (builder: TestingModuleBuilder) => TestingModuleBuilder])[] = [
  ['overrideGuard, by a value', (one) => one.overrideGuard(Auth0Guard).useValue(permissive)],
  ['overrideGuard, by a factory', (one) => one.overrideGuard(Auth0Guard).useFactory({ factory: () => permissive })],
  ['overrideGuard, by a derived class', (one) => one.overrideGuard(Auth0Guard).useClass(DerivedGuard)],
  ['overrideProvider, by a value', (one) => one.overrideProvider(Auth0Guard).useValue(permissive)],
  ['overrideProvider, by a derived class', (one) => one.overrideProvider(Auth0Guard).useClass(DerivedGuard)],
]

const applied: readonly (readonly [string, ModuleMetadata['providers'], readonly string[]])[] = [
  ['decorators only', [], decorated],
  ['APP_GUARD with useClass', [{ provide: APP_GUARD, useClass: Auth0Guard }], ['/bare', ...decorated]],
  ['APP_GUARD with useExisting', [{ provide: APP_GUARD, useExisting: Auth0Guard }], ['/bare', ...decorated]],
  [
    'APP_GUARD with useExisting of one of its own',
    [{ provide: APP_GUARD, useExisting: Auth0Guard }, Auth0Guard],
    ['/bare', ...decorated],
  ],
]

describe.each(applied)('with %s', (_applied, providers, targets) => {
  it('nobody passes without credentials, in a test that overrides nothing', async () => {
    const port = await start(moduleWith(providers))
    for (const target of targets) expect([target, (await send(port, target)).status]).toEqual([target, 401])
  })

  it.each(overrides)('nothing else refuses after %s', async (_name, override) => {
    const port = await start(override(moduleWith(providers)))
    for (const target of targets) {
      const { status, body } = await send(port, target)
      expect([target, status, body]).toEqual([target, 200, 'tester'])
    }
  })

  it.each([
    ['a value', false],
    ['a promise', Promise.resolve(false)],
    ['an observable', of(true, false)],
    ['an observable of nothing', of<boolean>()],
  ])('what is put there may refuse, by %s', async (_name, answer) => {
    const guard: CanActivate = { canActivate: () => answer }
    const port = await start(moduleWith(providers).overrideProvider(Auth0Guard).useValue(guard))
    for (const target of targets) expect((await send(port, target)).status).toBeGreaterThanOrEqual(403)
  })

  it('overrideProvider puts another resource server there', async () => {
    const resourceServer = createResourceServer({ ...world.options, audience: 'https://other.test/' })
    const port = await start(moduleWith(providers).overrideProvider(RESOURCE_SERVER).useValue(resourceServer))
    const ours = await world.bearer({ scope: 'class handler' })
    const others = await world.bearer({ scope: 'class handler', claims: { aud: 'https://other.test/' } })
    for (const target of targets) {
      expect([(await send(port, target, ours)).status, (await send(port, target, others)).status]).toEqual([401, 200])
    }
  })
})

it('without Auth0Module, overrideGuard replaces what decorators apply, and no settings are needed', async () => {
  const controllers = [RequiredController, DerivedController]
  const port = await start(Test.createTestingModule({ controllers }).overrideGuard(Auth0Guard).useValue(permissive))
  for (const target of decorated) expect(await send(port, target)).toMatchObject({ status: 200, body: 'tester' })
})

it('a provider of that name in a module of the application changes nothing for others', async () => {
  const other = { provide: Auth0Guard, useValue: permissive }
  const port = await start(moduleWith([other, { provide: APP_GUARD, useClass: Auth0Guard }]))
  for (const target of ['/bare', ...decorated]) expect((await send(port, target)).status).toBe(401)
})
