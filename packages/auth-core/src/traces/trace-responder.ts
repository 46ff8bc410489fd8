import type { Trace } from './trace-types.js'

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
}

/**
 * Answers an operator's request. Traces tell a stranger what this API accepts: without a guard before it, nothing is answered.
 *
 * @throws {Error} on a route without a guard
 */
export async function traceResponse(
  { trace, traces }: { trace: (id: string) => Promise<Trace | undefined>; traces: () => readonly Trace[] },
  { auth, id }: TraceRequest,
): Promise<TraceResponse> {
  if (auth === undefined || auth === null) throw new Error('traces: no guard has let this request through')
  if (id === undefined) return answer(200, { traces: traces().map(({ checks: _, ...others }) => others) })
  const found = await trace(id)
  return found === undefined ? answer(404, { error: 'not_found' }) : answer(200, found)
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
