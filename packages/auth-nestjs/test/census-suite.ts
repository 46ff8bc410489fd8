import {
  All,
  Controller,
  Get,
  Head,
  Injectable,
  Post,
  RequestMethod,
  UseGuards,
  Version,
  VersioningType,
} from '@nestjs/common'
import type { CanActivate, INestApplication, ModuleMetadata } from '@nestjs/common'
import { APP_GUARD, RouterModule } from '@nestjs/core'
import { Module } from '@nestjs/common'
import { expect, it } from 'vitest'

import { routeCensus } from '../src/census.js'
import { Auth0Guard, Auth0Module, OptionalAuth, Public, RequireAuth } from '../src/index.js'
import { createApp, platforms } from './serve.js'

const OPTIONS = { issuer: 'https://issuer.test/', audience: 'https://api.test/' }
const ANY = 'any valid token'
const forAll = { provide: APP_GUARD, useExisting: Auth0Guard }

interface Express {
  get(path: string, handler: (request: unknown, response: { end(body: string): void }) => void): void
}

/** Rows as `METHOD path access`, with what they need, or why they are open. */
export function linesOf(app: INestApplication): readonly string[] {
  return routeCensus(app).map(({ method, path, access, needs, reason }) =>
    [method, path, access, needs ?? reason ?? ''].join(' ').trim(),
  )
}

@Controller('cats')
class Cats {
  @Get()
  list(): string {
    return 'open'
  }
  @Post(':id')
  @RequireAuth('write:cats')
  write(): string {
    return 'open'
  }
  @Get(['a', 'b'])
  @OptionalAuth()
  lists(): string {
    return 'open'
  }
  @Get('health')
  @Public('health checks')
  health(): string {
    return 'open'
  }
  @Get('info')
  @Public()
  info(): string {
    return 'open'
  }
}

@Controller(['x', 'y'])
@RequireAuth('a')
class Guarded {
  @All('all')
  @RequireAuth({ permissions: 'p' })
  all(): string {
    return 'open'
  }
  @Head('head')
  head(): string {
    return 'open'
  }
  @Get('open')
  @Public('why')
  open(): string {
    return 'open'
  }
}

@Controller('derived')
class Derived extends Guarded {
  override head(): string {
    return 'open'
  }
}

class Base {
  @Get('one')
  @RequireAuth('b')
  one(): string {
    return 'open'
  }
}

@Controller('overriding')
class Overriding extends Base {
  @Get('one')
  override one(): string {
    return 'open'
  }
}

@Injectable()
class Lenient extends Auth0Guard {
  override async canActivate(): Promise<boolean> {
    return true
  }
}

@Injectable()
class Other implements CanActivate {
  canActivate(): boolean {
    return true
  }
}

@Controller('guards')
class Guards {
  @Get('lenient')
  @UseGuards(Lenient)
  lenient(): string {
    return 'open'
  }
  @Get('other')
  @UseGuards(Other)
  other(): string {
    return 'open'
  }
  @Get('ours')
  @UseGuards(Auth0Guard)
  ours(): string {
    return 'open'
  }
}

@Controller({ path: 'v', version: ['1', '2'] })
class Versions {
  @Get()
  @RequireAuth()
  list(): string {
    return 'open'
  }
  @Get('three')
  @Version('3')
  three(): string {
    return 'open'
  }
}

@Controller({ path: 'h', host: 'admin.test' })
class Hosts {
  @Get()
  @RequireAuth()
  list(): string {
    return 'open'
  }
}

@Module({ controllers: [Hosts] })
class Inner {}

type Configure = (app: INestApplication) => unknown
const none: Configure = () => undefined

const CATS = [
  'GET /cats open',
  'POST /cats/:id guarded scope write:cats',
  'GET /cats/a optional',
  'GET /cats/b optional',
  'GET /cats/health public health checks',
  'GET /cats/info public',
]
const ALL_CATS = CATS.map((line) => line.replace('GET /cats open', `GET /cats guarded ${ANY}`))
const PREFIXED = [
  ...CATS.filter((line) => !line.includes('health')).map((line) => line.replace('/cats', '/api/cats')),
  'GET /cats/health public health checks',
]
const of = (path: string): readonly string[] => [
  `ALL ${path}/all guarded scope a, permission p`,
  `HEAD ${path}/head guarded scope a`,
  `GET ${path}/open public why`,
]

const cases: readonly (readonly [string, ModuleMetadata, Configure, readonly string[]])[] = [
  ['nothing', {}, none, []],
  ['decorators of methods', { controllers: [Cats] }, none, CATS],
  ['a guard for all', { controllers: [Cats], providers: [forAll] }, none, ALL_CATS],
  [
    'a guard for all, by the application',
    { controllers: [Cats] },
    (app) => app.useGlobalGuards(app.get(Auth0Guard)),
    ALL_CATS,
  ],
  ['a decorator of a class, and lists of paths', { controllers: [Guarded] }, none, [...of('/x'), ...of('/y')]],
  [
    'a derived controller',
    { controllers: [Derived] },
    none,
    ['ALL /derived/all guarded scope a, permission p', 'GET /derived/open public why'],
  ],
  [
    'a handler that overrides one with a guard',
    { controllers: [Overriding] },
    none,
    ['GET /overriding/one guarded scope b'],
  ],
  [
    'other guards',
    { controllers: [Guards], providers: [Lenient, Other] },
    none,
    ['GET /guards/lenient unseen', 'GET /guards/other open', `GET /guards/ours guarded ${ANY}`],
  ],
  [
    'a global prefix',
    { controllers: [Cats] },
    (app) => app.setGlobalPrefix('api', { exclude: ['cats/health', { path: 'cats/a', method: RequestMethod.POST }] }),
    PREFIXED,
  ],
  [
    'versions in the path',
    { controllers: [Versions] },
    (app) => app.enableVersioning({ type: VersioningType.URI }),
    [`GET /v1/v guarded ${ANY}`, `GET /v2/v guarded ${ANY}`, 'GET /v3/v/three open'],
  ],
  [
    'versions in a header',
    { controllers: [Versions] },
    (app) => app.enableVersioning({ type: VersioningType.HEADER, header: 'v' }),
    [`GET /v (version 1 or 2) guarded ${ANY}`, 'GET /v/three (version 3) open'],
  ],
  [
    'a host, and the path of a module',
    { imports: [Inner, RouterModule.register([{ path: 'm', module: Inner }])] },
    none,
    [`GET /m/h (host admin.test) guarded ${ANY}`],
  ],
]

/** Of Nest 11 and 12 alike. */
export function describeCensus(): void {
  it.each(platforms.flatMap((platform) => cases.map((one) => [platform, ...one] as const)))(
    'on %s: %s',
    async (platform, _name, metadata, configure, lines) => {
      const app = await createApp(platform, {
        ...metadata,
        imports: [Auth0Module.forRoot(OPTIONS), ...(metadata.imports ?? [])],
      })
      configure(app)
      await app.listen(0, '127.0.0.1')
      expect(linesOf(app)).toEqual(lines)
      await expectTruth(app)
    },
  )

  it.each(platforms)('on %s a planted open route is seen', async (platform) => {
    const app = await createApp(platform, { imports: [Auth0Module.forRoot(OPTIONS)], controllers: [Cats] })
    await app.init()
    expect(linesOf(app)).toContain('GET /cats open')
  })

  it('lists what Express answers by itself as unseen', async () => {
    const app = await createApp('Express', { imports: [Auth0Module.forRoot(OPTIONS)], controllers: [Guarded] })
    const express = app.getHttpAdapter().getInstance() as Express
    express.get('/raw', () => undefined)
    await app.init()
    expect(linesOf(app)).toEqual(['GET /raw unseen', ...of('/x'), ...of('/y')])
  })

  it('does not say that a route is guarded that Express may answer before', async () => {
    const app = await createApp('Express', { imports: [Auth0Module.forRoot(OPTIONS)], controllers: [Overriding] })
    const express = app.getHttpAdapter().getInstance() as Express
    express.get('/overriding/one', (_request, response) => response.end('open'))
    await app.listen(0, '127.0.0.1')
    expect(linesOf(app)).toEqual(['GET /overriding/one unseen'])
    expect((await fetch(`${await app.getUrl()}/overriding/one`)).status).toBe(200)
  })
}

/** Requests each row without a token: guarded ones are 401, those that are open on purpose are not. */
async function expectTruth(app: INestApplication): Promise<void> {
  const url = await app.getUrl()
  for (const { method, path, access } of routeCensus(app)) {
    if (path.endsWith(')')) continue
    const { status } = await fetch(`${url}${path.replace(/:\w+/g, '1')}`, { method: method === 'ALL' ? 'PUT' : method })
    if (access === 'guarded') expect([method, path, status]).toEqual([method, path, 401])
    else if (access === 'public' || access === 'optional')
      expect([method, path, status]).not.toEqual([method, path, 401])
  }
}
