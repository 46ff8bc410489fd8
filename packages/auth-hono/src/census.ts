import { guardMark } from '@acme/auth-core'
import type { GuardMark } from '@acme/auth-core'
import { censusRow, expectCensus as expectRows, sortCensus } from '@acme/auth-core/review'
import type { CensusRow, Findings, ReviewOptions } from '@acme/auth-core/review'
import type { Env, Hono, Schema } from 'hono'

import { coverageOf } from './pattern.js'

export { censusTable } from '@acme/auth-core/review'
export type { CensusAccess, CensusRow, ReviewOptions } from '@acme/auth-core/review'

/** What Hono keeps of each handler and middleware, in the order in which they are met. */
interface Entry {
  readonly method: string
  readonly path: string
  readonly mark: GuardMark | undefined
  /** Whether it cannot hand a request on, as it takes no `next`. */
  readonly isLast: boolean
}

/**
 * What protects each route, read from the router as it is, sub-applications of `app.route()` included. To be called when
 * all routes are there.
 *
 * A guard counts for a route where it is met before the handler, and before whatever else of the same route may answer,
 * on a path that covers the route's. What a middleware does is not seen, nor what `every()`, `some()` and `except()` of
 * hono/combine hold. An application of `app.mount()` keeps its routes to itself, and is listed as unseen.
 *
 * @example
 * ```ts
 * import { createAuth } from '@acme/auth-hono'
 * import { censusTable, routeCensus } from '@acme/auth-hono/census'
 * import { Hono } from 'hono'
 *
 * const { requireAuth } = createAuth({ issuer: 'https://issuer.example.com/', audience: 'https://api.example.com' })
 * const app = new Hono()
 * app.get('/messages', requireAuth('read:messages'), (c) => c.json([]))
 * console.log(censusTable(routeCensus(app))) // GET  /messages  guarded  scope read:messages
 * ```
 */
export function routeCensus<E extends Env, S extends Schema, Path extends string>(
  app: Hono<E, S, Path>,
): readonly CensusRow[] {
  const entries = app.routes.map(({ method, path, handler }) => entryOf(method, path, handler))
  const firsts = entries.filter((one, index) => entries.findIndex((other) => isSameRoute(one, other)) === index)
  return sortCensus(firsts.flatMap((one) => rowOf(one, entries)))
}

/**
 * Compares {@link routeCensus} with a reviewed file, for tests: what is not guarded may only shrink.
 *
 * @param file - JSON, written with `UPDATE_REVIEWED=1`; a missing one is an error, in CI always
 * @throws {Error} that lists the routes, and says what to do
 * @example
 * ```ts
 * import { expectCensus } from '@acme/auth-hono/census'
 * import { Hono } from 'hono'
 *
 * const app = new Hono()
 * export const test = (): void => expectCensus(app, new URL('census.json', import.meta.url))
 * ```
 */
export function expectCensus<E extends Env, S extends Schema, Path extends string>(
  app: Hono<E, S, Path>,
  file: string | URL,
  options?: ReviewOptions,
): void {
  expectRows(routeCensus(app), file, options)
}

function entryOf(method: string, path: string, given: unknown): Entry {
  const handler = innermost(given)
  return { method, path, mark: guardMark(handler), isLast: typeof handler === 'function' && handler.length < 2 }
}

/** A sub-application with an `onError` of its own wraps its handlers. Hono keeps the handler with what it makes of it. */
function innermost(handler: unknown): unknown {
  const inner: unknown = typeof handler === 'function' ? Reflect.get(handler, '__COMPOSED_HANDLER') : undefined
  return inner === undefined ? handler : innermost(inner)
}

function isSameRoute(one: Entry, other: Entry): boolean {
  return one.method === other.method && one.path === other.path
}

function rowOf(route: Entry, entries: readonly Entry[]): readonly CensusRow[] {
  const unmarked = entries.filter((one) => isSameRoute(one, route) && one.mark === undefined)
  const last = unmarked.find((one) => one.isLast) ?? unmarked.at(-1)
  const [first] = unmarked
  if (first === undefined || last === undefined) return []
  const isOpaque = route.method === 'ALL' && !last.isLast
  if (isOpaque && isMiddleware(first, entries)) return []
  // Handlers of one path may be of several routes: what stands before a guard may answer.
  const [safe, all] = [first, last].map((one) => findings(route, entries.slice(0, entries.indexOf(one))))
  const marks = safe?.marks ?? []
  const unsure = safe?.unsure === true || isOpaque || hasMore(all?.marks ?? [], marks)
  const isPublic = isOpaque && marks.length > 0
  return [censusRow({ method: route.method, path: route.path }, { marks, unsure: unsure && !isPublic })]
}

function hasMore(all: readonly GuardMark[], some: readonly GuardMark[]): boolean {
  return all.filter((one) => one.kind === 'guard').length > some.filter((one) => one.kind === 'guard').length
}

/** What stands before routes is taken for a middleware of theirs. */
function isMiddleware(entry: Entry, entries: readonly Entry[]): boolean {
  return entries
    .slice(entries.indexOf(entry) + 1)
    .filter((one) => one.mark === undefined && (one.method !== 'ALL' || one.isLast))
    .some((one) => coverageOf(entry.path, one.path) === 'all')
}

function findings(route: Entry, before: readonly Entry[]): Findings {
  const found = before
    .filter(({ method }) => method === 'ALL' || method === route.method)
    .map(({ mark, path }) => ({ mark, coverage: coverageOf(path, route.path) }))
  return {
    marks: found.flatMap(({ mark, coverage }) => (mark !== undefined && coverage === 'all' ? [mark] : [])),
    unsure: found.some(({ mark, coverage }) => mark?.kind === 'guard' && coverage === 'unsure'),
  }
}
