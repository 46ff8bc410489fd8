import { Controller, Get, mixin, UseGuards } from '@nestjs/common'
import type { CanActivate, INestApplication, ModuleMetadata, Type } from '@nestjs/common'
import { APP_GUARD } from '@nestjs/core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { Auth, Auth0Guard, Auth0Module, OptionalAuth, Public, RequireAuth } from '../src/index.js'
import type { AuthContext } from '../src/index.js'
import { platforms, serve } from './serve.js'
import type { Platform } from './serve.js'
import { createWorld } from '@acme/tests-adapters'
import type { World } from '@acme/tests-adapters'

/** What stands on a class or a handler: a scope that is required there, or one of the other decorators, or nothing. */
type Statement = 'required' | 'optional' | 'public' | undefined

interface Row {
  readonly baseClass: Statement
  readonly derivedClass: Statement
  readonly baseHandler: Statement
  /** `inherited`: the derived class has no handler of its own. */
  readonly derivedHandler: Statement | 'inherited'
}

const STATEMENTS: readonly Statement[] = [undefined, 'required', 'optional', 'public']

const ROWS: readonly Row[] = STATEMENTS.flatMap((baseClass) =>
  STATEMENTS.flatMap((derivedClass) =>
    STATEMENTS.flatMap((baseHandler) =>
      ([...STATEMENTS, 'inherited'] as const).map((derivedHandler) => ({
        baseClass,
        derivedClass,
        baseHandler,
        derivedHandler,
      })),
    ),
  ),
)

/** Of these, the rows that tell ways to apply a guard apart. */
const ESSENTIAL: readonly Row[] = ROWS.filter(
  ({ baseClass, derivedClass, baseHandler, derivedHandler }) =>
    ![baseClass, derivedClass, baseHandler].includes('optional') &&
    baseHandler !== 'public' &&
    ['inherited', 'required', undefined].includes(derivedHandler),
)

type Verdict = 'open' | 'optional' | readonly string[]

/** The table: what a route of the derived class wants. `guarded` by something else than these decorators. */
function wants({ baseClass, derivedClass, baseHandler, derivedHandler }: Row, guarded: boolean): Verdict {
  const overrides = derivedHandler !== 'inherited'
  const handler = overrides ? derivedHandler : baseHandler
  const scopes = [
    ...(baseClass === 'required' ? ['base-class'] : []),
    ...(derivedClass === 'required' ? ['derived-class'] : []),
    ...(baseHandler === 'required' ? ['base-handler'] : []),
    ...(handler === 'required' && overrides ? ['derived-handler'] : []),
  ]
  const handlerRequires = handler === 'required' || baseHandler === 'required'
  if (!handlerRequires && handler === 'public') return 'open'
  if (!handlerRequires && handler === 'optional') return 'optional'
  if (scopes.length > 0) return scopes
  if (derivedClass === 'public') return 'open'
  if (derivedClass === 'optional') return 'optional'
  // The guard of a base is inherited; that it let anybody pass is not.
  const inherited = baseClass === 'optional' || baseHandler === 'optional'
  return guarded || inherited ? [] : 'open'
}

function decorator(statement: Statement, scope: string): (ClassDecorator & MethodDecorator) | undefined {
  if (statement === 'required') return RequireAuth(scope)
  if (statement === 'optional') return OptionalAuth()
  return statement === 'public' ? Public() : undefined
}

/** A handler as if it had been written with decorators. */
function route(prototype: object, statement: Statement, scope: string): void {
  const handle = Object.getOwnPropertyDescriptor(prototype, 'handle') ?? {}
  Get()(prototype, 'handle', handle)
  Auth()(prototype, 'handle', 0)
  decorator(statement, scope)?.(prototype, 'handle', handle)
}

function controllerOf(row: Row, index: number): Type {
  class Base {
    handle(auth: AuthContext | null): string {
      return auth === null ? 'nobody' : 'somebody'
    }
  }
  class Inheriting extends Base {}
  class Overriding extends Base {
    override handle(auth: AuthContext | null): string {
      return super.handle(auth)
    }
  }
  route(Base.prototype, row.baseHandler, 'base-handler')
  decorator(row.baseClass, 'base-class')?.(Base)
  const Derived = row.derivedHandler === 'inherited' ? Inheriting : Overriding
  if (row.derivedHandler !== 'inherited') route(Derived.prototype, row.derivedHandler, 'derived-handler')
  decorator(row.derivedClass, 'derived-class')?.(Derived)
  Controller(`/${index}`)(Derived)
  return Derived
}

/** A guard of the application that is made from this one. */
function ownGuard(): Type<CanActivate> {
  class OwnGuard extends Auth0Guard {}
  return mixin(OwnGuard)
}

interface Start {
  readonly rows: readonly Row[]
  /** Whether another guard than that of the decorators is at work. */
  readonly guarded: boolean
  /** On each controller. */
  readonly guard?: () => Type<CanActivate>
  readonly providers?: NonNullable<ModuleMetadata['providers']>
  readonly configure?: (app: INestApplication) => void
}

const STARTS: readonly (readonly [string, Start])[] = [
  ['without another guard', { rows: ROWS, guarded: false }],
  ['APP_GUARD', { rows: ROWS, guarded: true, providers: [{ provide: APP_GUARD, useClass: Auth0Guard }] }],
  [
    'useGlobalGuards',
    {
      rows: ESSENTIAL,
      guarded: true,
      configure: (app) => void app.useGlobalGuards(app.get<CanActivate>(Auth0Guard)),
    },
  ],
  ['@UseGuards', { rows: ESSENTIAL, guarded: true, guard: () => Auth0Guard }],
  ['@UseGuards with a guard that extends it, of a mixin', { rows: ESSENTIAL, guarded: true, guard: ownGuard }],
]

function start(platform: Platform, { rows, guard, providers = [], configure }: Start): Promise<number> {
  const controllers = rows.map(controllerOf)
  if (guard !== undefined) for (const controller of controllers) UseGuards(guard())(controller)
  return serve(platform, { imports: [Auth0Module.forRoot(world.options)], controllers, providers }, configure)
}

const SCOPES = ['base-class', 'derived-class', 'base-handler', 'derived-handler']

let world: World
const tokens = new Map<string, Promise<string>>()

beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world.issuer.close())

function tokenWith(scopes: readonly string[], expiresIn = 600): Promise<string> {
  const name = `${scopes.join(' ')}/${expiresIn}`
  const token =
    tokens.get(name) ?? world.issuer.accessToken({ expiresIn, ...(scopes.length > 0 && { scope: scopes.join(' ') }) })
  tokens.set(name, token)
  return token
}

async function ask(port: number, index: number, token?: Promise<string>): Promise<string> {
  const headers: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${await token}` }
  const response = await fetch(`http://127.0.0.1:${port}/${index}`, { headers })
  const body = await response.text()
  return response.status === 200 ? body : String(response.status)
}

/** What a route answers: nobody, an expired token, any token, the scopes it wants, and all scopes but one. */
async function observe(port: number, index: number, verdict: Verdict): Promise<Record<string, string>> {
  const scopes = typeof verdict === 'string' ? [] : verdict
  const asked: [string, Promise<string>][] = [
    ['anonymous', ask(port, index)],
    ['expired', ask(port, index, tokenWith(SCOPES, -600))],
    ['with its scopes', ask(port, index, tokenWith(scopes))],
    ...scopes.map((scope): [string, Promise<string>] => [
      `without ${scope}`,
      ask(port, index, tokenWith(SCOPES.filter((one) => one !== scope))),
    ]),
  ]
  return Object.fromEntries(await Promise.all(asked.map(async ([name, answer]) => [name, await answer] as const)))
}

function expected(verdict: Verdict): Record<string, string> {
  if (verdict === 'open') return { anonymous: 'nobody', expired: 'nobody', 'with its scopes': 'nobody' }
  const lacking = typeof verdict === 'string' ? [] : verdict.map((scope) => [`without ${scope}`, '403'])
  return {
    anonymous: verdict === 'optional' ? 'nobody' : '401',
    expired: '401',
    'with its scopes': 'somebody',
    ...(Object.fromEntries(lacking) as Record<string, string>),
  }
}

describe.each(platforms)('what a route of a derived class wants, on %s', (platform) => {
  it.each(STARTS)('%s', async (_name, making) => {
    const port = await start(platform, making)
    const differing: unknown[] = []
    for (const [index, row] of making.rows.entries()) {
      const verdict = wants(row, making.guarded)
      const seen = await observe(port, index, verdict)
      const wanted = expected(verdict)
      if (JSON.stringify(seen) !== JSON.stringify(wanted)) differing.push({ row, wanted, seen })
    }
    expect(differing).toEqual([])
  })
})
