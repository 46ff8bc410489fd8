import { declaredSegments, segmentsOf, UNSEEN_PATH } from './route-path.js'
import type { Segments } from './route-path.js'

/** An entry of a router's stack, in Express 4 and 5. Members that are not in both may be missing. */
export interface Layer {
  readonly handle: Handler
  readonly method?: string | undefined
  readonly route?: Route | undefined
  /** Of Express 5.3 and later: the path as it was declared. */
  readonly rawPath?: unknown
  /** Of Express 5: whether it is mounted on `/`. */
  readonly slash?: boolean
  /** Of Express 4. */
  readonly regexp?: RegExp & { readonly fast_slash?: boolean }
  /** Of Express 4. */
  readonly keys?: readonly { readonly name: string | number }[]
}

/** A middleware, the handler of a route, or a router, which has a stack. */
export type Handler = ((...args: never[]) => unknown) & Partial<Stack>

/** A router. */
export interface Stack {
  readonly stack: readonly Layer[]
  readonly caseSensitive?: boolean
}

/** One `app.get(path, ...)`, or one `app.route(path)` with several methods. */
export interface Route {
  readonly path: unknown
  readonly stack: readonly Layer[]
  readonly methods: Readonly<Record<string, boolean | undefined>>
}

/** The router of an application: that of Express 5, or else of Express 4, which has none before its first route. */
export function routerOf(app: object): Stack | undefined {
  const { _router: four } = app as { _router?: Stack } // Express 4 alone has it, and a `router` that throws
  if (four !== undefined)
    return {
      caseSensitive: four.caseSensitive === true,
      stack: four.stack.filter((layer, index) => index > 1 || !isBuiltIn(layer)),
    }
  if ('lazyrouter' in app) return undefined
  const { router: five } = app as { router?: Stack } // Express 5
  if (Array.isArray(five?.stack)) return five
  throw new TypeError('routeCensus: got no application of Express, want what express() made')
}

/** What Express 4 puts before everything else. */
function isBuiltIn({ handle, regexp }: Layer): boolean {
  return regexp?.fast_slash === true && (handle.name === 'query' || handle.name === 'expressInit')
}

/** Whether a layer is for errors: Express counts parameters. */
export function isErrorHandler({ handle }: Layer): boolean {
  return handle.length > 3
}

/** Whether a handler cannot hand a request on, as it takes no `next`. */
export function isLast({ handle }: Layer): boolean {
  return handle.length < 3
}

/** Where something is mounted; several places for a list. */
export function mountsOf(layer: Layer): readonly Segments[] {
  if (layer.slash === true || layer.regexp?.fast_slash === true) return [[]]
  // As the only path '/' is that of a layer with `slash`; in a list it matches nothing but the root.
  if ('rawPath' in layer) {
    return listed(layer.rawPath).map((path) => (path.length === 0 ? [UNSEEN_PATH] : path.map(mountText)))
  }
  return [layer.regexp === undefined ? [UNSEEN_PATH] : mountOfPattern(layer.regexp, layer.keys ?? [])]
}

/** A RegExp matches anywhere in a route's path, and at the beginning where something is mounted on it: not the same. */
function mountText(segment: string): string {
  return /^\(\/.*\/\w*\)$/.test(segment) ? `(mounted on ${segment.slice(1, -1)})` : segment
}

/** The paths of a route; several for a list. */
export function pathsOf(route: Route): readonly Segments[] {
  return listed(route.path, declaredSegments)
}

function listed(path: unknown, segments = segmentsOf): readonly Segments[] {
  return Array.isArray(path) ? path.flat(Infinity).map((one) => segments(one)) : [segments(path)]
}

/** What is known to answer, though it takes `next`: files, and an application within another. */
export function mayAnswer({ handle }: Layer): boolean {
  return handle.name === 'serveStatic' || handle.name === 'mounted_app'
}

/**
 * Express 4 keeps what path-to-regexp 0.1 made of a path. What has another form than that of plain text and of
 * parameters was a RegExp or a list, or has a pattern in it: it is left as it is, since a wrong path is worse than none.
 */
function mountOfPattern(regexp: RegExp, keys: NonNullable<Layer['keys']>): Segments {
  const [, source] = /^\^(.*)\\\/\?\(\?=\\\/\|\$\)$/.exec(regexp.source) ?? []
  if (source === undefined) return [`(mounted on ${String(regexp)})`]
  let index = 0
  const names = source.replaceAll(PARAMETER, () => `:${keys[index++]?.name}`)
  const path = names.replaceAll(/\\([/.])/g, '$1')
  const isPath = /^(?:\/(?:[\w.~%-]+|:\w+))*$/.test(path) && index === keys.length
  return isPath ? segmentsOf(path) : [`(mounted on ${String(regexp)})`]
}

const PARAMETER = /\(\?:\(\[\^\\\/\]\+\?\)\)/g
