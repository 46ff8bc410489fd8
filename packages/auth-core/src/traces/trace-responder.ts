import { FILTERS, filterOf } from './trace-filter.js'
import { shown } from './shown.js'
import type { Trace, TraceFilter } from './trace-types.js'

/** The whole answer of an endpoint for operators. */
export interface TraceResponse {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** Whoever asks for a trace: by whom a guard of the same resource server let the request through, and for which. */
export interface TraceRequest {
  /** Undefined and null: nobody. */
  readonly auth: object | null | undefined
  /** The correlation id; undefined for a list of the latest, without their checks. */
  readonly id: string | undefined
  /** Of this request: its query filters the list, by `reason`, `code`, `issuer`, `subject`, `client_id` and `path`. */
  readonly url?: string | undefined
}

/** Whose traces an operator is shown. */
export interface TraceSources {
  readonly trace: (id: string) => Promise<Trace | undefined>
  readonly traces: (filter: TraceFilter) => readonly Trace[]
  /** Whether each operator is one of a tenant. */
  readonly hasTenants: boolean
}

// Of a list. Filters are for what is older.
const MOST_LISTED = 100

/**
 * Answers an operator's request. Traces tell a stranger what this API accepts: without a guard before it, nothing is answered.
 * With the option `tenants` an operator is one of a tenant, and sees what is that tenant's: not that of others, nor of requests
 * of which nobody knows whose they were.
 *
 * @throws {Error} on a route without a guard
 */
export async function traceResponse(
  { trace, traces, hasTenants }: TraceSources,
  { auth, id, url = '' }: TraceRequest,
): Promise<TraceResponse> {
  if (auth === undefined || auth === null) throw new Error('traces: no guard has let this request through')
  const mayRead = hasTenants ? ofTenant(Reflect.get(auth, 'tenant')) : (): boolean => true
  if (id === undefined) {
    const filter = filterOf(url)
    if (filter === undefined) return answer(400, { error: 'invalid_request', error_description: WANTED })
    const listed = traces(filter).filter(mayRead).slice(0, MOST_LISTED)
    return answer(200, { traces: listed.map(({ checks: _, ...others }) => others) })
  }
  const found = onlyThose(await trace(id), mayRead)
  return found === undefined ? answer(404, { error: 'not_found' }) : answer(200, found)
}

const WANTED = `want each of these once at most: ${FILTERS.join(', ')}`

/** A name that a trace has to change is nobody's: two tenants may look the same after that. */
function ofTenant(tenant: unknown): (trace: Trace) => boolean {
  const isPlain = typeof tenant === 'string' && shown(tenant) === tenant
  return (trace) => isPlain && trace.tenant === tenant
}

/** Of all refusals with one correlation id. */
function onlyThose(trace: Trace | undefined, mayRead: (trace: Trace) => boolean): Trace | undefined {
  if (trace === undefined) return undefined
  const { later: others = [], ...first } = trace
  const [one, ...later] = [first, ...others].filter(mayRead)
  return one === undefined || later.length === 0 ? one : { ...one, later }
}

function answer(status: number, value: object): TraceResponse {
  const body = JSON.stringify(value)
  return {
    status,
    headers: {
      'content-type': 'application/json; charset=utf-8',
      'content-length': String(new TextEncoder().encode(body).length),
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
    },
    body,
  }
}
