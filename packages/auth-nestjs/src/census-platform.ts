import { censusRow } from '@acme/auth-core/review'
import type { CensusRow } from '@acme/auth-core/review'
import type { INestApplicationContext } from '@nestjs/common'

/** What of Express' router is read, in its versions 4 and 5. */
interface Layer {
  readonly route?: {
    readonly path: unknown
    readonly methods: Readonly<Record<string, boolean>>
    readonly stack: readonly Layer[]
  }
  readonly handle?: { readonly stack?: readonly Layer[]; readonly length?: number }
  readonly rawPath?: unknown
  readonly regexp?: RegExp
}

/** What the HTTP server answers, and no controller: on Express. */
export function platformRows(app: INestApplicationContext, rows: readonly CensusRow[]): readonly CensusRow[] {
  const { httpAdapter } = app as { httpAdapter?: Adapter } // an application with an HTTP server has it
  const expected = new Map<string, number>()
  for (const key of rows.flatMap((row) => keysOf(row, httpAdapter))) expected.set(key, (expected.get(key) ?? 0) + 1)
  // Each of them once: another one of the same path may answer first.
  const isKnown = (key: string): boolean => {
    const left = expected.get(key) ?? 0
    expected.set(key, left - 1)
    return left > 0
  }
  const stack = stackOf(httpAdapter?.getInstance())
  const notFound = notFoundHandler(stack)
  return stack.flatMap((layer) => {
    if (handlersOf(layer).every((one) => one === notFound)) return []
    if (Array.isArray(layer.handle?.stack)) return [unseen('ALL', `${mountText(layer)}*`)]
    if (layer.route === undefined) return []
    const { methods, path } = layer.route
    const names = Object.keys(methods).map((method) => method.toUpperCase())
    const every = names.length > ALL_METHODS ? ['ALL'] : names
    return [path]
      .flat()
      .flatMap((one) =>
        every.filter((method) => !isKnown(`${method} ${String(one)}`)).map((method) => unseen(method, String(one))),
      )
  })
}

const ALL_METHODS = 25

/** Nest 12 has it in a router of its own under the global prefix, and on each path that is excluded from that. */
function notFoundHandler(stack: readonly Layer[]): unknown {
  const last = stack.findLast(({ handle }) => handle?.stack?.length === 1 && handle.stack[0]?.route?.path === '*path')
  return last && handlersOf(last)[0]
}

/** All that a route or a router may answer with: not handlers of errors, which have four parameters. */
function handlersOf({ route, handle }: Layer): readonly unknown[] {
  if (route !== undefined) return route.stack.map((one) => one.handle)
  if (handle?.stack !== undefined) return handle.stack.flatMap((one) => handlersOf(one))
  return (handle?.length ?? 0) > 3 ? [] : [handle]
}

interface Adapter {
  getInstance(): unknown
  normalizePath?(path: string): string
}

function stackOf(instance: unknown): readonly Layer[] {
  if (typeof instance !== 'function') return []
  const { _router: four } = instance as { _router?: { stack: readonly Layer[] } } // of Express 4
  if (four !== undefined || 'lazyrouter' in instance) return four?.stack ?? []
  const { router: five } = instance as { router?: { stack: readonly Layer[] } } // of Express 5
  return five?.stack ?? []
}

function keysOf({ method, path }: CensusRow, adapter: Adapter | undefined): readonly string[] {
  if (!path.startsWith('/') || method === 'MESSAGE' || method === 'EVENT') return []
  const plain = path.replace(/ \((?:host|version) .*\)$/, '')
  return [`${method} ${adapter?.normalizePath?.(plain) ?? plain}`]
}

function unseen(method: string, path: string): CensusRow {
  return censusRow({ method, path: path.startsWith('/') ? path : `/${path}` }, { marks: [], unsure: true })
}

function mountText({ rawPath, regexp }: Layer): string {
  if (typeof rawPath === 'string') return rawPath.replace(/\/?$/, '/')
  return `(mounted on ${regexp === undefined ? JSON.stringify(rawPath) : String(regexp)})/`
}
