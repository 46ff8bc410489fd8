import type { DecisionLogs } from '../outcome/refusal-log.js'
import type { DecisionEvent } from '../outcome/events.js'
import { createRateLimit } from './rate-limit.js'
import type { ReportRow } from '../report/report.js'
import { isPlainObject } from '../util/json.js'
import type { ResourceRequest } from '../request/resource-request.js'
import { quote } from '../util/quote.js'
import { withinOr } from '../util/time-limit.js'
import { failedCheck } from './checks.js'
import { traceOf } from './explain.js'
import { createTraceList } from './trace-list.js'
import type { TraceSettings } from './trace-options.js'
import { isListed } from './trace-filter.js'
import { sharing } from './trace-sharing.js'
import type { Trace, TraceFilter } from './trace-types.js'

/** The traces of a resource server. */
export interface Tracing {
  /** Writes of each refusal what the log gets as well. An accepted request is not looked at. */
  readonly over: (logs: DecisionLogs | undefined) => DecisionLogs
  /** Writes what no request was refused for, but a connection. */
  readonly record: (event: RefusalEvent, request: ResourceRequest) => void
  readonly trace: (id: string) => Promise<Trace | undefined>
  readonly traces: (filter?: TraceFilter) => readonly Trace[]
}

/** A refusal of a request, or of what a connection asks for. */
export type RefusalEvent = Pick<DecisionEvent, 'correlationId' | 'reason' | 'code' | 'status' | 'detail' | 'scheme'> &
  Partial<DecisionEvent> &
  Pick<Trace, 'connection'>

/** What traces are made of beside the refusals. */
export interface TracingSources {
  readonly report: () => readonly ReportRow[]
  /** Whether the issuer is asked about tokens of all forms. */
  readonly asksAboutAll: boolean
  readonly now: () => number
}

// Of a kind: a trace costs more than the refusal itself, and whoever sends more pushes out no other kind.
const MOST_A_SECOND = 200
// Seconds.
const TIME_LIMIT = 5
// Of a name, beside the first.
const MOST_LATER = 3
// Characters of a trace. They are bounded one by one; what is longer all the same is not kept.
const LONGEST = 32 * 1024
const SAFE_ID = /^[A-Za-z0-9._:-]{1,128}$/

/** @returns undefined where no traces are kept */
export function createTracing(settings: TraceSettings | undefined, sources: TracingSources): Tracing | undefined {
  if (settings === undefined) return undefined
  const { max, maxAge, store } = settings
  const { asksAboutAll, now } = sources
  const list = createTraceList({ max, maxAge, now })
  const mayKeep = createRateLimit(MOST_A_SECOND, now)
  const share = store && sharing(store, { maxAge, now })

  function record(event: RefusalEvent, request: ResourceRequest): void {
    try {
      const { correlationId: id, reason, detail } = event
      const kind = (reason && failedCheck(reason, detail)?.check) ?? ''
      if (!mayKeep(kind)) return
      const text = JSON.stringify(traceOf(event, { rows: sources.report(), request, asksAboutAll, time: now() }))
      if (text.length > LONGEST) return
      list.put({ id, text, group: groupOf(kind, event) })
      share?.(id, text, kind)
    } catch {
      // The request is refused, whether or not somebody can tell why.
      return
    }
  }
  async function ofStore(id: string, isKnown: boolean): Promise<readonly string[]> {
    if (store === undefined) return []
    try {
      return (await withinOr(Promise.resolve(store.get(id)), TIME_LIMIT, undefined)) ?? []
    } catch (error) {
      // What this process knows it tells without the store.
      if (isKnown) return []
      throw error
    }
  }
  return {
    over: (logs) => (isTold) => {
      const logging = logs?.(isTold)
      return {
        all: logging?.all === true,
        log(event, request) {
          if (event.outcome === 'refused') record(event, request)
          logging?.log(event, request)
        },
      }
    },
    record,
    async trace(id) {
      // Nothing that a caller made up becomes the name of a key.
      if (typeof id !== 'string' || !SAFE_ID.test(id)) return undefined
      const own = list.get(id)
      const texts = new Set([...own, ...(await ofStore(id, own.length > 0))])
      const [first, ...later] = [...texts].map(parsed).toSorted((one, other) => one.time - other.time)
      return first === undefined || later.length === 0 ? first : { ...first, later: later.slice(-MOST_LATER) }
    },
    traces: (filter = {}) => [...list.latest()].map(parsed).filter((trace) => isListed(trace, filter)),
  }
}

/**
 * Who may push out whom. Up to the signature anybody can be refused, under any name: all are one group for each check. Beyond
 * it only who has a token can be, and is a group of its own.
 */
function groupOf(kind: string, { issuer, subject, clientId }: RefusalEvent): string {
  const caller = issuer === undefined ? '' : [issuer, subject ?? clientId ?? ''].map((name) => quote(name)).join(' ')
  return `${kind} ${caller}`
}

function parsed(text: string): Trace {
  const trace: unknown = JSON.parse(text)
  if (!isPlainObject(trace) || !Array.isArray(trace['checks']) || typeof trace['time'] !== 'number')
    throw new Error('traces.store: what it answered is no trace')
  return trace as unknown as Trace // written by this package
}
