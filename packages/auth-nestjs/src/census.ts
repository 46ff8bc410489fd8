import { censusRow, expectCensus as expectRows, sortCensus } from '@acme/auth-core/review'
import type { CensusRow, ReviewOptions } from '@acme/auth-core/review'
import type { INestApplicationContext } from '@nestjs/common'
import { ModulesContainer } from '@nestjs/core'
import type { ApplicationConfig } from '@nestjs/core'

import { findingsOf } from './census-guards.js'
import type { GuardSource, HandlerPlace } from './census-guards.js'
import { httpRoutesOf, methodsOf } from './census-http.js'
import { messageRoutesOf, operationsOf } from './census-messages.js'
import { platformRows } from './census-platform.js'

export { censusTable } from '@acme/auth-core/review'
export type { CensusAccess, CensusRow, ReviewOptions } from '@acme/auth-core/review'

/**
 * What protects each handler that Nest calls from outside: routes of controllers with their prefixes and versions,
 * `MESSAGE` and `EVENT` of gateways and microservices, `QUERY`, `MUTATION` and `SUBSCRIPTION` of GraphQL. What else the HTTP
 * server has, such as a route that is declared on Express itself, is listed as unseen. To be called when the application
 * is initialised; guards for all are to be there before.
 *
 * A guard that is derived from `Auth0Guard` and decides by itself, and what a test has put in its place, is in doubt. So
 * is a guard for all where messages of a microservice are concerned, which may have settings of its own.
 *
 * @throws {TypeError} for what is no application of Nest
 * @example
 * ```ts
 * import { Auth0Module, RequireAuth } from '@acme/auth-nestjs'
 * import { censusTable, routeCensus } from '@acme/auth-nestjs/census'
 * import { Controller, Get, Module } from '@nestjs/common'
 * import { NestFactory } from '@nestjs/core'
 *
 * @Controller('messages')
 * class MessagesController {
 *   @Get()
 *   @RequireAuth('read:messages')
 *   list() {
 *     return []
 *   }
 * }
 *
 * const options = { issuer: 'https://issuer.example.com/', audience: 'https://api.example.com' }
 * @Module({ imports: [Auth0Module.forRoot(options)], controllers: [MessagesController] })
 * class AppModule {}
 *
 * const app = await NestFactory.create(AppModule)
 * await app.init()
 * console.log(censusTable(routeCensus(app))) // GET  /messages  guarded  scope read:messages  MessagesController.list
 * ```
 */
export function routeCensus(app: INestApplicationContext): readonly CensusRow[] {
  const source = sourceOf(app)
  const rows = [...source.modules.values()].flatMap((module) => [
    ...[...module.controllers.values()].flatMap(({ instance }) => rowsOf(instance, module, source, 'controller')),
    ...[...module.providers.values()].flatMap(({ instance }) => rowsOf(instance, module, source, 'provider')),
  ])
  return sortCensus([...rows, ...platformRows(app, rows)])
}

/**
 * Compares {@link routeCensus} with a reviewed file, for tests: what is not guarded may only shrink.
 *
 * @param file - JSON, written with `UPDATE_REVIEWED=1`; a missing one is an error, in CI always
 * @throws {Error} that lists the routes, and says what to do
 * @example
 * ```ts
 * import { expectCensus } from '@acme/auth-nestjs/census'
 * import { Module } from '@nestjs/common'
 * import { NestFactory } from '@nestjs/core'
 *
 * @Module({})
 * class AppModule {}
 *
 * const app = await NestFactory.create(AppModule)
 * await app.init()
 * export const test = (): void => expectCensus(app, new URL('census.json', import.meta.url))
 * ```
 */
export function expectCensus(app: INestApplicationContext, file: string | URL, options?: ReviewOptions): void {
  expectRows(routeCensus(app), file, options)
}

function sourceOf(app: INestApplicationContext): GuardSource {
  // Nest hands out neither: the settings of an application, and of a microservice.
  const { config, applicationConfig } = app as { config?: ApplicationConfig; applicationConfig?: ApplicationConfig }
  const settings = config ?? applicationConfig
  if (settings === undefined) throw new TypeError('routeCensus: got no application of Nest, want what NestFactory made')
  return { config: settings, modules: app.get(ModulesContainer) }
}

type Module = HandlerPlace['module']

function rowsOf(
  instance: unknown,
  module: Module,
  source: GuardSource,
  kind: 'controller' | 'provider',
): readonly CensusRow[] {
  if (typeof instance !== 'object' || instance === null) return []
  const prototype = Object.getPrototypeOf(instance) as object | null
  const { constructor } = instance
  if (prototype === null || prototype === Object.prototype) return []
  return methodsOf(prototype).flatMap((name) => {
    const declared: unknown = Reflect.get(prototype, name)
    const handler: unknown = Reflect.get(instance, name)
    if (typeof declared !== 'function' || typeof handler !== 'function') return []
    const place = { controller: constructor as HandlerPlace['controller'], handler, module } // Nest made an instance of it
    const where = `${constructor.name}.${name}`
    const id = source.modules.applicationId
    const routes =
      kind === 'controller' ? httpRoutesOf(place, declared, source.config, id) : operationsOf(place, declared)
    return [
      ...routes.map((route) => censusRow({ ...route, where }, findingsOf(place, source, true))),
      // A microservice beside an HTTP server may have settings of its own.
      ...messageRoutesOf(place, declared, kind).map((route) =>
        censusRow({ ...route, where }, findingsOf(place, source, kind === 'provider')),
      ),
    ]
  })
}
