import { guardMark } from '@acme/auth-core'
import type { GuardMark } from '@acme/auth-core'
import { censusRow, expectCensus as expectRows, sortCensus } from '@acme/auth-core/review'
import type { CensusRow, ReviewOptions } from '@acme/auth-core/review'
import type { FastifyInstance } from 'fastify'

import { printedRoutes } from './printed-routes.js'
import { declaredRoutes } from './routes.js'
import type { DeclaredRoute } from './routes.js'

export { censusTable } from '@acme/auth-core/review'
export type { CensusAccess, CensusRow, ReviewOptions } from '@acme/auth-core/review'

/** What of an application is read, whatever its server and its type provider are. */
export type CensusApp = Pick<FastifyInstance, 'initialConfig' | 'printRoutes' | 'server'>

/**
 * What protects each route, by its hooks and those of the instances around it. To be called when the application is
 * ready: `await app.ready()`.
 *
 * The plugin tells of routes that are declared after it was registered, in the same scope. Others are listed as unseen,
 * whatever their hooks are. What `fastify.auth([...])` of @fastify/auth makes of guards is not looked into: such a route is
 * listed as open. The handler for what is not found is no route.
 *
 * @throws {Error} before the application is ready
 * @example
 * ```ts
 * import { auth0Plugin } from '@acme/auth-fastify'
 * import { censusTable, routeCensus } from '@acme/auth-fastify/census'
 * import fastify from 'fastify'
 *
 * const app = fastify()
 * await app.register(auth0Plugin)
 * app.get('/messages', { onRequest: app.requireAuth('read:messages') }, async () => [])
 * await app.ready()
 * console.log(censusTable(routeCensus(app))) // GET  /messages  guarded  scope read:messages
 * ```
 */
export function routeCensus(app: CensusApp): readonly CensusRow[] {
  if (!isReady(app)) throw new Error('routeCensus: plugins are still loading, want await app.ready() before it')
  const normal = normalUrl(app)
  const declared = declaredRoutes(app)
  const known = new Map(declared.flatMap((route) => keysOf(route, normal).map((key) => [key, route])))
  const others = printedRoutes(app.printRoutes()).flatMap(({ url, methods, constraints }) =>
    methods.flatMap((method) => {
      const place = { method, path: `${url}${constraintText(constraints)}` }
      const route = known.get(keyOf(method, normal(url), constraints))
      if (route === undefined) return [censusRow(place, { marks: [], unsure: true })]
      return url === route.url || !route.ofPrefix ? [] : [censusRow(place, findings(route))]
    }),
  )
  return sortCensus([...declared.flatMap(rowsOf), ...others])
}

/**
 * Compares {@link routeCensus} with a reviewed file, for tests: what is not guarded may only shrink.
 *
 * @param file - JSON, written with `UPDATE_REVIEWED=1`; a missing one is an error, in CI always
 * @throws {Error} that lists the routes, and says what to do
 * @example
 * ```ts
 * import { expectCensus } from '@acme/auth-fastify/census'
 * import fastify from 'fastify'
 *
 * const app = fastify()
 * await app.ready()
 * export const test = (): void => expectCensus(app, new URL('census.json', import.meta.url))
 * ```
 */
export function expectCensus(app: CensusApp, file: string | URL, options?: ReviewOptions): void {
  expectRows(routeCensus(app), file, options)
}

function rowsOf(route: DeclaredRoute): readonly CensusRow[] {
  const path = `${route.url}${constraintText(constraintsOf(route))}`
  const rows = route.methods.map((method) => censusRow({ method, path }, findings(route)))
  const [first] = rows
  return first !== undefined && rows.length >= ALL_METHODS ? [{ ...first, method: 'ALL' }] : rows
}

// `app.all()` is a route of all the methods that an application knows: nine, as it comes.
const ALL_METHODS = 8

// Those that are met before the handler.
const HOOKS = ['onRequest', 'preParsing', 'preValidation', 'preHandler'] as const

function findings({ instance, options }: DeclaredRoute): { marks: readonly GuardMark[]; unsure: boolean } {
  const around = internal(instance, 'fastify.hooks')
  const lists = HOOKS.flatMap((hook) => [member(around, hook), options[hook]])
  const hooks = lists.flat().flatMap((hook) => guardMark(hook) ?? [])
  return { marks: hooks, unsure: HOOKS.some((hook) => !Array.isArray(member(around, hook))) }
}

function isReady(app: object): boolean {
  const state = internal(app, 'fastify.state')
  return member(state, 'ready') === true || member(state, 'started') === true
}

/** What Fastify keeps on an instance, by symbols that it does not hand out. */
function internal(instance: object, description: string): unknown {
  for (let one: unknown = instance; typeof one === 'object' && one !== null; one = Object.getPrototypeOf(one)) {
    const symbol = Object.getOwnPropertySymbols(one).find((own) => own.description === description)
    if (symbol !== undefined) return Reflect.get(one, symbol)
  }
  return undefined
}

function member(object: unknown, name: string): unknown {
  return typeof object === 'object' && object !== null ? Reflect.get(object, name) : undefined
}

function keysOf(route: DeclaredRoute, normal: (url: string) => string): readonly string[] {
  const urls = route.ofPrefix ? [route.url, `${route.url}/`] : [route.url]
  return urls.flatMap((url) => route.methods.map((method) => keyOf(method, normal(url), constraintsOf(route))))
}

function keyOf(method: string, url: string, constraints: string): string {
  return `${method} ${url} ${constraints}`
}

function constraintsOf({ options }: DeclaredRoute): string {
  const { constraints = {} } = options
  return Object.keys(constraints).length === 0 ? '' : JSON.stringify(constraints)
}

/** For people: ` (host api.example.com)`. */
function constraintText(json: string): string {
  if (json === '') return ''
  const words = Object.entries(JSON.parse(json) as object).map(([name, value]) => `${name} ${String(value)}`)
  return ` (${words.join(', ')})`
}

/** Of two URLs that are the same for the router. */
function normalUrl({ initialConfig }: CensusApp): (url: string) => string {
  const setting = (name: string): unknown => member(initialConfig.routerOptions, name) ?? member(initialConfig, name)
  const anyCase = setting('caseSensitive') === false
  const anySlash = setting('ignoreTrailingSlash') === true
  return (url) => {
    const cased = anyCase ? url.toLowerCase() : url
    return anySlash ? cased.replace(/(?<=.)\/$/, '') : cased
  }
}
