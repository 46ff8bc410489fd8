import type { DecisionLogs } from '../outcome/refusal-log.js'
import type { DecisionEvent } from '../outcome/events.js'
import type { ReportRow } from '../report/report.js'
import { isPlainObject } from '../util/json.js'
import type { ResourceRequest } from '../request/resource-request.js'
import { isPending } from '../util/maybe-promise.js'
import { withinOr } from '../util/time-limit.js'
import { traceOf } from './explain.js'
import { createTraceList } from './trace-list.js'
import type { TraceSettings } from './trace-options.js'
import type { Trace, TraceStore } from './trace-types.js'

/** The traces of a resource server. */
export interface Tracing {
  /** Writes of each refusal what the log gets as well. An accepted request is not looked at. */
  readonly over: (logs: DecisionLogs | undefined) => DecisionLogs
  readonly trace: (id: string) => Promise<Trace | undefined>
  readonly traces: () => readonly Trace[]
}

/** What traces are made of beside the refusals. */
export interface TracingSources {
  readonly report: () => readonly ReportRow[]
  /** Whether the issuer is asked about tokens of all forms. */
  readonly asksAboutAll: boolean
  readonly now: () => number
}

// Traces that a store has not answered to. Others are kept by this process alone.
const MOST_PENDING = 100
// Seconds.
const TIME_LIMIT = 5
// Characters of a trace. They are bounded one by one; what is longer all the same is not kept.
const LONGEST = 32 * 1024
const SAFE_ID = /^[A-Za-z0-9._:-]{1,128}$/

/** @returns undefined where no traces are kept */
export function createTracing(settings: TraceSettings | undefined, sources: TracingSources): Tracing | undefined {
  if (settings === undefined) return undefined
  const { max, maxAge, store } = settings
  const { asksAboutAll, now } = sources
  const list = createTraceList({ max, maxAge, now })
  const share = store && sharing(store, maxAge)

  function record(event: DecisionEvent, request: ResourceRequest): void {
    if (event.outcome !== 'refused') return
    try {
      const text = JSON.stringify(traceOf(event, { rows: sources.report(), request, asksAboutAll, time: now() }))
      if (text.length > LONGEST) return
      list.put(event.correlationId, text)
      share?.(event.correlationId, text)
    } catch {
      // The request is refused, whether or not somebody can tell why.
      return
    }
  }
  return {
    over: (logs) => (isTold) => {
      const logging = logs?.(isTold)
      return {
        all: logging?.all === true,
        log(event, request) {
          record(event, request)
          logging?.log(event, request)
        },
      }
    },
    async trace(id) {
      // Nothing that a caller made up becomes the name of a key.
      if (typeof id !== 'string' || !SAFE_ID.test(id)) return undefined
      const own = list.get(id)
      const found = own ?? (store && (await withinOr(Promise.resolve(store.get(id)), TIME_LIMIT, undefined)))
      return found === undefined ? undefined : parsed(found)
    },
    traces: () => list.latest().map(parsed),
  }
}

/** Whatever becomes of it, nobody waits for it. */
function sharing(store: TraceStore, maxAge: number): (id: string, text: string) => void {
  let waiting = 0
  return (id, text) => {
    if (waiting >= MOST_PENDING) return
    const put = store.put(id, text, maxAge)
    if (!isPending(put)) return
    waiting++
    const done = (): void => void waiting--
    put.then(done, done)
  }
}

function parsed(text: string): Trace {
  const trace: unknown = JSON.parse(text)
  if (!isPlainObject(trace) || !Array.isArray(trace['checks']))
    throw new Error('traces.store: what it answered is no trace')
  return trace as unknown as Trace // written by this package
}
