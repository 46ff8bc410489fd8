/**
 * A path as a list of segments, as they were declared. A RegExp is one segment in parentheses, equal for equal ones.
 */
export type Segments = readonly string[]

/** Whether a guard's path covers a route's: for every request, for some of them or none, or nobody can tell. */
export type Coverage = 'all' | 'not all' | 'unsure'

const LITERAL = /^[\w.~%-]+$/
const PARAMETER = /^:\w+$/

/** The segments of a declared path. */
export function segmentsOf(path: unknown): Segments {
  if (path instanceof RegExp) return [`(${String(path)})`]
  if (typeof path !== 'string') return [UNSEEN_PATH]
  // To Express `/a//b` is another path than `/a/b`.
  if (/\/\/+./.test(path)) return [UNSEEN_PATH]
  return path.split('/').filter((segment) => segment !== '')
}

/** The same of a route, with the slash at its end, as an empty segment: with strict routing `/x/` is another route than `/x`. */
export function declaredSegments(path: unknown): Segments {
  const segments = segmentsOf(path)
  return typeof path === 'string' && path.length > 1 && path.endsWith('/') ? [...segments, ''] : segments
}

/** Stands for a path that cannot be told, and is equal to none. */
export const UNSEEN_PATH = '(unseen path)'

/** The path of a row. */
export function pathText(segments: Segments): string {
  return `/${segments.join('/')}`
}

/** A route's path, and how many of its segments are those of routers around it. */
export interface RoutePath {
  readonly path: Segments
  readonly mounted: number
}

/** Whether each request for the route is one for a guard that is mounted on a path, in the same router or around it. */
export function coverageOf(guard: Segments, { path, mounted }: RoutePath): Coverage {
  return all(guard.map((segment, index) => oneSegment(segment, path[index], index < mounted)))
}

/** The same for a guard that is a route of its own: `app.all('/api/*', guard)`, which wants one segment more. */
export function wholeCoverageOf(guard: Segments, route: RoutePath): Coverage {
  const prefix = wildcardPrefix(guard)
  if (prefix === undefined) {
    if (guard.join('/') === route.path.join('/')) return 'all'
    // Its parameters may cover other paths too; that they do is not said.
    return [...guard, ...route.path].every(isPlain) ? 'not all' : 'unsure'
  }
  const next = route.path[prefix.length]
  if (next === undefined) return 'not all'
  return isPlain(next) ? coverageOf(prefix, route) : 'unsure'
}

/** What stands before a wildcard at the end; undefined without one. */
export function wildcardPrefix(path: Segments): Segments | undefined {
  return /^\*\w*$/.test(path.at(-1) ?? '') ? path.slice(0, -1) : undefined
}

function all(each: readonly Coverage[]): Coverage {
  if (each.includes('not all')) return 'not all'
  return each.includes('unsure') ? 'unsure' : 'all'
}

function oneSegment(guard: string, route: string | undefined, mounted: boolean): Coverage {
  if (guard === UNSEEN_PATH) return 'unsure'
  // Both are mounted: the same pattern matches the same. As a route it may match what is no beginning of a path.
  if (guard === route && (mounted || isPlain(guard))) return 'all'
  if (!isPlain(guard) || (route !== undefined && !isPlain(route))) return 'unsure'
  // Of the values of a route's parameter, a guard on one of them sees that one.
  return route !== undefined && PARAMETER.test(guard) ? 'all' : 'not all'
}

function isPlain(segment: string): boolean {
  return LITERAL.test(segment) || PARAMETER.test(segment)
}
