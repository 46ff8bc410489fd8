import { guardMark } from '@acme/auth-core'
import type { GuardMark } from '@acme/auth-core'
import { censusRow } from '@acme/auth-core/review'
import type { CensusRow, Findings } from '@acme/auth-core/review'

import { isErrorHandler, isLast, mayAnswer, mountsOf, pathsOf } from './express-layer.js'
import type { Layer, Route, Stack } from './express-layer.js'
import { coverageOf, pathText, wholeCoverageOf, wildcardPrefix } from './route-path.js'
import type { Coverage, RoutePath, Segments } from './route-path.js'

/** A mark that is met before what comes after it in the same router. */
interface Guard {
  readonly mark: GuardMark
  /** Any of them. */
  readonly paths: readonly Segments[]
  /** Undefined for all. */
  readonly method?: string | undefined
  /** Of a route, whose path is matched as a whole. */
  readonly whole: boolean
  /** Whether its path is matched by case. */
  readonly caseSensitive: boolean
  /** Whether a router within does not care about case: then what the guard does not know may reach a route. */
  readonly evaded?: boolean
}

interface Place {
  readonly base: Segments
  readonly guards: readonly Guard[]
}

/** The rows of a router and of those within. */
export function routerRows(
  router: Stack,
  { base, guards: around }: Place = { base: [], guards: [] },
): readonly CensusRow[] {
  const caseSensitive = router.caseSensitive === true
  const guards = around.filter(isInherited).map((one) => (caseSensitive ? one : evaded(one, base)))
  return router.stack.flatMap((layer, index) => {
    const place = { base, guards: [...guards] }
    if (layer.route !== undefined) {
      guards.push(...guardsOf(layer.route, base, caseSensitive))
      return routeRows(layer.route, place)
    }
    if (isErrorHandler(layer)) return []
    const paths = mountsOf(layer).map((mount) => [...base, ...mount])
    const mark = guardMark(layer.handle)
    if (mark === undefined) {
      const after = router.stack.slice(index + 1)
      return paths.flatMap((path) => mountedRows(layer, { ...place, base: path }, after))
    }
    guards.push({ mark, paths, whole: false, caseSensitive })
    return []
  })
}

/** The route of a guard may be stricter than those of a router within: about a slash at the end, say. */
function isInherited({ whole, paths }: Guard): boolean {
  return !whole || paths.every((path) => wildcardPrefix(path) !== undefined)
}

function evaded(guard: Guard, base: Segments): Guard {
  const isWithin = guard.paths.every((path) => path.length <= base.length)
  return guard.caseSensitive && !isWithin ? { ...guard, evaded: true } : guard
}

/** A router's own rows; one row for what answers, or may do so, for all that is below its path. */
function mountedRows(layer: Layer, place: Place, after: readonly Layer[]): readonly CensusRow[] {
  if (isRouter(layer.handle)) return routerRows(layer.handle, place)
  const last = isLast(layer)
  // What stands before routes is taken for a middleware of theirs.
  if (!last && !mayAnswer(layer) && after.some((one) => isBelow(one, layer))) return []
  const row = rowOf('ALL', ['*'], place, [])
  return [row.access === 'open' && !last ? { ...row, access: 'unseen' } : row]
}

function isRouter(handle: Layer['handle']): handle is Layer['handle'] & Stack {
  return Array.isArray(handle.stack)
}

function isBelow(layer: Layer, above: Layer): boolean {
  if (layer.route === undefined && !isRouter(layer.handle)) return false
  const paths = layer.route === undefined ? mountsOf(layer) : pathsOf(layer.route)
  return mountsOf(above).some((mount) => paths.some((path) => coverageOf(mount, { path, mounted: 0 }) === 'all'))
}

function routeRows(route: Route, place: Place): readonly CensusRow[] {
  const methods = methodsOf(route)
  return pathsOf(route).flatMap((path) => {
    const rows = methods.flatMap((method) => {
      const handlers = handlersOf(route, method)
      const marks = marksBeforeLast(handlers)
      const name = method?.toUpperCase() ?? 'ALL'
      return marks === undefined ? [] : [rowOf(name, path, place, marks, method)]
    })
    return collapsed(rows)
  })
}

/** Undefined stands for all methods. */
function methodsOf(route: Route): readonly (string | undefined)[] {
  return Object.keys(route.methods).map((method) => (method === '_all' ? undefined : method))
}

function handlersOf(route: Route, method: string | undefined): readonly Layer[] {
  return route.stack.filter((layer) => !isErrorHandler(layer) && (!layer.method || layer.method === method))
}

/** Of the handlers before the one that answers; undefined where none answers. A guard behind it guards nothing. */
function marksBeforeLast(handlers: readonly Layer[]): readonly GuardMark[] | undefined {
  const unmarked = handlers.filter((layer) => guardMark(layer.handle) === undefined)
  const last = unmarked.find((layer) => isLast(layer)) ?? unmarked.at(-1)
  if (last === undefined) return undefined
  return handlers.slice(0, handlers.indexOf(last)).flatMap((layer) => guardMark(layer.handle) ?? [])
}

/** `app.all()` is a route of all the methods that Node knows. */
function collapsed(rows: readonly CensusRow[]): readonly CensusRow[] {
  const [first] = rows
  const same = rows.every((row) => row.access === first?.access && row.needs === first.needs)
  return first !== undefined && same && rows.length > ALL_METHODS ? [{ ...first, method: 'ALL' }] : rows
}

const ALL_METHODS = 25

/** A route that only has guards hands requests on: they count for routes behind it. */
function guardsOf(route: Route, base: Segments, caseSensitive: boolean): readonly Guard[] {
  const paths = pathsOf(route).map((path) => [...base, ...path])
  const found = methodsOf(route).flatMap((method) => {
    const handlers = handlersOf(route, method)
    const marks = handlers.flatMap((layer) => guardMark(layer.handle) ?? [])
    return marks.length === handlers.length ? [{ method, marks }] : []
  })
  const everyMethod =
    found.length > ALL_METHODS && found.every(({ marks }) => marks.every((one, n) => one === found[0]?.marks[n]))
  const guards = everyMethod ? [{ method: undefined, marks: found[0]?.marks ?? [] }] : found
  return guards.flatMap(({ method, marks }) =>
    marks.map((mark) => ({ mark, paths, method, whole: true, caseSensitive })),
  )
}

function rowOf(name: string, own: Segments, place: Place, marks: readonly GuardMark[], method?: string): CensusRow {
  const path = [...place.base, ...own]
  const around = findings({ path, mounted: place.base.length }, method, place.guards)
  return censusRow({ method: name, path: pathText(path) }, { ...around, marks: [...around.marks, ...marks] })
}

function findings(route: RoutePath, method: string | undefined, guards: readonly Guard[]): Findings {
  const found = guards
    .filter((guard) => guard.method === undefined || guard.method === method)
    .map((guard) => ({ guard, coverage: coverageBy(guard, route) }))
  return {
    marks: found.filter(({ coverage }) => coverage === 'all').map(({ guard }) => guard.mark),
    unsure: found.some(({ guard, coverage }) => coverage === 'unsure' && guard.mark.kind === 'guard'),
  }
}

function coverageBy({ paths, whole, evaded: isEvaded }: Guard, route: RoutePath): Coverage {
  const coverages = paths.map((path) => (whole ? wholeCoverageOf(path, route) : coverageOf(path, route)))
  if (coverages.includes('all')) return isEvaded ? 'unsure' : 'all'
  return coverages.includes('unsure') ? 'unsure' : 'not all'
}
