/** Whether a guard's path covers a route's: for every request, for some of them or none, or nobody can tell. */
export type Coverage = 'all' | 'not all' | 'unsure'

const LITERAL = /^[\w.~%-]+$/
const PARAMETER = /^:\w+$/

/** Whether each request for a route's path is one for a guard's, both of one router. */
export function coverageOf(guard: string, route: string): Coverage {
  if (guard === route || guard === '*' || guard === '/*') return 'all'
  const [before, after] = [segmentsOf(guard), segmentsOf(route)]
  // `/a/*` is for `/a` too.
  const prefix = before.at(-1) === '*' ? before.slice(0, -1) : before
  const each = prefix.map((segment, index) => oneSegment(segment, after[index]))
  if (prefix === before && before.length !== after.length) each.push(after.every(isPlain) ? 'not all' : 'unsure')
  if (each.includes('not all')) return 'not all'
  return each.includes('unsure') ? 'unsure' : 'all'
}

function segmentsOf(path: string): readonly string[] {
  return path.split('/').slice(1)
}

function oneSegment(guard: string, route: string | undefined): Coverage {
  if (guard === route) return 'all'
  if (!isPlain(guard) || (route !== undefined && !isPlain(route))) return 'unsure'
  return route !== undefined && PARAMETER.test(guard) ? 'all' : 'not all'
}

function isPlain(segment: string): boolean {
  return LITERAL.test(segment) || PARAMETER.test(segment)
}
