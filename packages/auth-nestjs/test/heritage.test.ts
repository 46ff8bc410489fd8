import { applyDecorators, Controller, Get, Injectable, mixin, SetMetadata, UseGuards } from '@nestjs/common'
import type { CanActivate, ExecutionContext, ModuleMetadata, Type } from '@nestjs/common'
import { APP_GUARD } from '@nestjs/core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { Auth, Auth0Guard, Auth0Module, OptionalAuth, Public, RequireAuth } from '../src/index.js'
import type { AuthContext } from '../src/index.js'
import { platforms, serve } from './serve.js'
import { createWorld, lacksScope, noCredentials, noCredentialsFor, send } from '@acme/tests-adapters'
import type { World } from '@acme/tests-adapters'

let world: World
beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world.issuer.close())

function nameOf(auth: AuthContext | null): string {
  return auth === null ? 'nobody' : String(auth.subject)
}

const Admin = (): ClassDecorator & MethodDecorator => applyDecorators(RequireAuth('admin'))

/** A decorator that puts another function in the handler's place, and does not hand on what others said of it. */
const Traced = (): MethodDecorator => (_target, _name, descriptor: PropertyDescriptor) => {
  const traced: unknown = descriptor.value
  if (typeof traced !== 'function') return
  descriptor.value = function (...args: unknown[]): unknown {
    return Reflect.apply(traced, this, args)
  }
}

/** A decorator that puts a proxy in the place of a class. */
const Proxied = (): ClassDecorator => (target) => new Proxy(target, {})

@Controller('stacked')
class StackedController {
  @Get('two')
  @RequireAuth('read:a')
  @RequireAuth('write:b')
  two(@Auth() auth: AuthContext): string {
    return nameOf(auth)
  }

  @Get('composed')
  @RequireAuth()
  @Admin()
  composed(@Auth() auth: AuthContext): string {
    return nameOf(auth)
  }

  @Get('composed-below')
  @Admin()
  @RequireAuth('read:a')
  composedBelow(@Auth() auth: AuthContext): string {
    return nameOf(auth)
  }

  @Get('claims')
  @RequireAuth({ permissions: 'write:b' })
  @RequireAuth('read:a')
  claims(@Auth() auth: AuthContext): string {
    return nameOf(auth)
  }
}

@Controller('stacked-class')
@Admin()
@RequireAuth('read:a')
class StackedClassController {
  @Get()
  get(@Auth() auth: AuthContext): string {
    return nameOf(auth)
  }
}

@RequireAuth('admin')
abstract class AdminBase {
  @Get('inherited')
  inherited(@Auth() auth: AuthContext): string {
    return nameOf(auth)
  }

  @Get('audit')
  @RequireAuth('audit')
  audit(@Auth() auth: AuthContext): string {
    return nameOf(auth)
  }
}

@Controller('users')
@RequireAuth('read:a')
class UsersController extends AdminBase {
  @Get('own')
  own(@Auth() auth: AuthContext): string {
    return nameOf(auth)
  }

  @Get('audit')
  override audit(@Auth() auth: AuthContext): string {
    return nameOf(auth)
  }
}

/** A base without a guard of its own, in the way of generic CRUD controllers. */
class Crud {
  @Get('list')
  @RequireAuth('list')
  list(@Auth() auth: AuthContext | null): string {
    return nameOf(auth)
  }
}

@Controller('crud')
class OverridingController extends Crud {
  @Get('list')
  override list(@Auth() auth: AuthContext | null): string {
    return super.list(auth)
  }
}

@Controller('crud-public')
class OpeningController extends Crud {
  @Get('list')
  @Public()
  override list(@Auth() auth: AuthContext | null): string {
    return super.list(auth)
  }
}

@Public()
class PublicBase {
  @Get('inherited')
  inherited(@Auth() auth: AuthContext | null): string {
    return nameOf(auth)
  }

  @Get('open')
  @Public()
  open(@Auth() auth: AuthContext | null): string {
    return nameOf(auth)
  }
}

@Controller('derived-of-public')
class DerivedOfPublicController extends PublicBase {}

@Controller('replaced')
class ReplacedController {
  @Get('traced')
  @Traced()
  @RequireAuth('admin')
  traced(@Auth() auth: AuthContext | null): string {
    return nameOf(auth)
  }

  @Get('plain')
  plain(@Auth() auth: AuthContext | null): string {
    return nameOf(auth)
  }
}

@Controller('bound')
class BoundController {
  constructor() {
    this.bound = this.bound.bind(this)
  }

  @Get()
  @RequireAuth('admin')
  bound(@Auth() auth: AuthContext | null): string {
    return nameOf(auth)
  }
}

@Controller('renamed')
class RenamedController {
  constructor() {
    this.renamed = Object.defineProperty((auth: AuthContext | null) => nameOf(auth), 'name', { value: '' })
  }

  @Get()
  @RequireAuth('admin')
  renamed(@Auth() auth: AuthContext | null): string {
    return nameOf(auth)
  }
}

/** A controller made by a function, as for entities. */
function crudOf(scope: string): Type<{ get: unknown }> {
  @RequireAuth(scope)
  class Made {
    @Get()
    get(@Auth() auth: AuthContext): string {
      return nameOf(auth)
    }
  }
  return mixin(Made)
}

@Controller('mixed')
@RequireAuth('read:a')
class MixedController extends crudOf('admin') {}

class Listing {}

/** Copies what a prototype has, `constructor` included, as the TypeScript handbook has it. */
function applyMixin(target: Type, source: Type): void {
  for (const name of Object.getOwnPropertyNames(source.prototype)) {
    const property = Object.getOwnPropertyDescriptor(source.prototype, name) ?? {}
    Object.defineProperty(target.prototype, name, property)
  }
}

@Controller('disguised')
@RequireAuth('read:a')
class DisguisedController extends Crud {
  @Get()
  @RequireAuth('admin')
  get(@Auth() auth: AuthContext): string {
    return nameOf(auth)
  }

  @Get('list')
  override list(@Auth() auth: AuthContext): string {
    return super.list(auth)
  }
}
applyMixin(DisguisedController, Listing)

/** A guard made by a function, which asks for more. */
function guardFor(subject: string): Type<CanActivate> {
  @Injectable()
  class SubjectGuard extends Auth0Guard {
    override async canActivate(context: ExecutionContext): Promise<boolean> {
      const passed = await super.canActivate(context)
      const { auth } = context.switchToHttp().getRequest<{ auth?: AuthContext | null }>()
      return passed && auth?.subject === subject
    }
  }
  return mixin(SubjectGuard)
}

@Controller('own-guard')
class OwnGuardController {
  @Get('user-1')
  @RequireAuth('read:a')
  @UseGuards(guardFor('user-1'))
  one(@Auth() auth: AuthContext): string {
    return nameOf(auth)
  }

  @Get('user-2')
  @RequireAuth('read:a')
  @UseGuards(guardFor('user-2'))
  two(@Auth() auth: AuthContext): string {
    return nameOf(auth)
  }
}

const controllers = [
  StackedController,
  StackedClassController,
  UsersController,
  OverridingController,
  OpeningController,
  DerivedOfPublicController,
  ReplacedController,
  BoundController,
  RenamedController,
  MixedController,
  DisguisedController,
  OwnGuardController,
]

function metadata(more: ModuleMetadata = {}): ModuleMetadata {
  return { imports: [Auth0Module.forRoot(world.options)], controllers, ...more }
}

const APP: ModuleMetadata = { providers: [{ provide: APP_GUARD, useClass: Auth0Guard }] }

/** The names in each order: which one comes first is not what is tested here. */
function orders(names: readonly string[]): readonly string[] {
  if (names.length < 2) return names
  return names.flatMap((first) => orders(names.filter((name) => name !== first)).map((rest) => `${first} ${rest}`))
}

describe.each(platforms)('on %s', (platform) => {
  describe.each([
    ['without a guard for the application', {}],
    ['behind APP_GUARD', APP],
  ])('%s', (_name, more) => {
    /** Each scope is required: all but one are refused. */
    it.each([
      ['two decorators', '/stacked/two', ['read:a', 'write:b']],
      ['one that is composed, below another', '/stacked/composed', ['admin']],
      ['one that is composed, above another', '/stacked/composed-below', ['admin', 'read:a']],
      ['two on a class', '/stacked-class', ['admin', 'read:a']],
      ['a class and its base, an inherited handler', '/users/inherited', ['admin', 'read:a']],
      ['a class and its base, a handler of its own', '/users/own', ['admin', 'read:a']],
      ['a handler that overrides one, and the classes', '/users/audit', ['admin', 'read:a', 'audit']],
      ['a handler that overrides one', '/crud/list', ['list']],
      ['a handler that overrides one and calls itself public', '/crud-public/list', ['list']],
      ['a decorator that replaces the function', '/replaced/traced', ['admin']],
      ['a constructor that replaces the function', '/bound', ['admin']],
      ['a class and a mixin', '/mixed', ['admin', 'read:a']],
      ['a class with the constructor of a mixin', '/disguised', ['read:a', 'admin']],
      ['a handler that overrides one, of such a class', '/disguised/list', ['read:a', 'list']],
      ['a guard of its own', '/own-guard/user-1', ['read:a']],
    ])('%s: all scopes are required', async (_case, target, scopes) => {
      const port = await serve(platform, metadata(more))
      expect(orders(scopes).map((all) => noCredentialsFor(all))).toContainEqual(await send(port, target))
      for (const missing of scopes) {
        const rest = scopes.filter((scope) => scope !== missing).join(' ')
        const answer = await send(port, target, await world.bearer({ scope: `other ${rest}` }))
        expect(orders(scopes).map((all) => lacksScope(all))).toContainEqual(answer)
      }
      const answer = await send(port, target, await world.bearer({ scope: scopes.join(' ') }))
      expect(answer).toMatchObject({ status: 200, body: 'user-1' })
    })

    it('a guard that extends ours may refuse as well', async () => {
      const port = await serve(platform, metadata(more))
      const answer = await send(port, '/own-guard/user-2', await world.bearer({ scope: 'read:a' }))
      expect(answer.status).toBe(403)
    })

    it('a handler that nobody can tell is a fault', async () => {
      const port = await serve(platform, metadata(more))
      expect((await send(port, '/renamed')).status).toBe(500)
      expect((await send(port, '/renamed', await world.bearer({ scope: 'admin' }))).status).toBe(500)
    })
  })

  it('requirements of several kinds add up', async () => {
    const port = await serve(platform, metadata())
    const scopeOnly = await send(port, '/stacked/claims', await world.bearer({ scope: 'read:a' }))
    expect(scopeOnly).toMatchObject({ status: 403 })
    const permissions = { permissions: ['write:b'] }
    expect(await send(port, '/stacked/claims', await world.bearer({ claims: permissions }))).toEqual(
      lacksScope('read:a'),
    )
    const both = await world.bearer({ scope: 'read:a', claims: permissions })
    expect(await send(port, '/stacked/claims', both)).toMatchObject({ status: 200, body: 'user-1' })
  })

  it('@Public on a base class does not open a derived one; on a handler it does', async () => {
    const port = await serve(platform, metadata(APP))
    expect(await send(port, '/derived-of-public/inherited')).toEqual(noCredentials)
    expect(await send(port, '/derived-of-public/open')).toMatchObject({ status: 200, body: 'nobody' })
  })

  it('other routes of a class with guarded handlers stay as they are', async () => {
    const port = await serve(platform, metadata())
    expect(await send(port, '/replaced/plain')).toMatchObject({ status: 200, body: 'nobody' })
  })

  it('a class that a proxy stands for keeps its requirements', async () => {
    @Controller('proxied')
    @Proxied()
    @RequireAuth('admin')
    class ProxiedController {
      @Get()
      get(@Auth() auth: AuthContext | null): string {
        return nameOf(auth)
      }
    }
    const port = await serve(platform, metadata({ controllers: [ProxiedController], ...APP }))
    expect(await send(port, '/proxied', await world.bearer({ scope: 'other' }))).toEqual(lacksScope('admin'))
  })

  it('what is decorated later holds for the next request', async () => {
    @Controller('later')
    class LaterController {
      @Get()
      get(@Auth() auth: AuthContext | null): string {
        return nameOf(auth)
      }
    }
    const port = await serve(platform, metadata({ controllers: [LaterController], ...APP }))
    expect(await send(port, '/later', await world.bearer())).toMatchObject({ status: 200 })
    RequireAuth('admin')(LaterController)
    expect(await send(port, '/later', await world.bearer())).toEqual(lacksScope('admin'))
  })
})

describe('decorators that contradict one another on one target', () => {
  const pairs: readonly (readonly [
    string,
    () => ClassDecorator & MethodDecorator,
    () => ClassDecorator & MethodDecorator,
  ])[] = [
    ['@Public and @RequireAuth', Public, () => RequireAuth('a')],
    ['@Public and @RequireAuth without arguments', Public, () => RequireAuth()],
    ['@OptionalAuth and @RequireAuth', OptionalAuth, () => RequireAuth('a')],
    ['@OptionalAuth and a composed one', OptionalAuth, Admin],
    ['@Public and @OptionalAuth', Public, OptionalAuth],
  ]

  it.each(pairs)('%s throw on a class, in both orders', (_name, first, second) => {
    for (const [upper, lower] of [
      [first, second],
      [second, first],
    ] as const) {
      const make = (): unknown => {
        @upper()
        @lower()
        class Contradicting {}
        return Contradicting
      }
      expect(make).toThrow(TypeError)
      expect(make).toThrow(/^Contradicting: got @\w+ and @\w+, want one of them/)
    }
  })

  it.each(pairs)('%s throw on a handler, in both orders', (_name, first, second) => {
    for (const [upper, lower] of [
      [first, second],
      [second, first],
    ] as const) {
      const make = (): unknown => {
        class Contradicting {
          @upper()
          @Traced()
          @lower()
          get(): string {
            return ''
          }
        }
        return Contradicting
      }
      expect(make).toThrow(TypeError)
      expect(make).toThrow(/^get: got @\w+ and @\w+, want one of them/)
    }
  })

  it('do not where they stand on different ones', () => {
    const make = (): unknown => {
      @Public()
      class Base {
        @OptionalAuth()
        one(): void {}

        @RequireAuth('a')
        two(): void {}
      }
      @RequireAuth('a')
      class Derived extends Base {
        @Public()
        override one(): void {}
      }
      return Derived
    }
    expect(make).not.toThrow()
  })

  it('do not when they say the same', () => {
    const make = (): unknown => {
      @Public()
      @Public()
      class Same {
        @OptionalAuth()
        @OptionalAuth()
        one(): void {}
      }
      return Same
    }
    expect(make).not.toThrow()
  })

  it('are not for properties', () => {
    expect(() => {
      class Fields {
        // @ts-expect-error -- a decorator of methods
        @RequireAuth('a') field = (): string => ''
      }
      return Fields
    }).toThrow(new TypeError('@RequireAuth is for controllers and methods, not for field'))
  })
})

describe('guards', () => {
  const guardsOf = (target: object): unknown => Reflect.getMetadata('__guards__', target)

  it('are applied once, however often it is said', () => {
    @RequireAuth('a')
    @RequireAuth('b')
    @SetMetadata('mine', 1)
    class Base {
      @RequireAuth('c')
      @RequireAuth('d')
      one(): void {}
    }
    @RequireAuth('e')
    class Derived extends Base {
      @RequireAuth('f')
      override one(): void {}
    }
    const inner = expect.objectContaining({ name: 'HandlerGuard' })
    expect(guardsOf(Derived)).toEqual([inner, Auth0Guard])
    expect(guardsOf(Derived.prototype.one)).toEqual([Auth0Guard])
  })

  it('a controller without guarded handlers has none', () => {
    class Open {
      @Public()
      one(): void {}
    }
    expect(guardsOf(Open)).toBeUndefined()
  })
})
