import type { Assembly } from '../assemble.js'
import type { DecisionLogs } from '../outcome/refusal-log.js'
import type { ReportRow } from '../report/report.js'
import type { ResourceServer } from '../resource-server-types.js'
import { traceResponse } from './trace-responder.js'
import { createTracing } from './tracing.js'
import type { Tracing } from './tracing.js'

/** What the operator asks of traces, and what writes them. */
export interface TraceControl extends Pick<ResourceServer, 'trace' | 'traces' | 'traceResponse'> {
  readonly logs: DecisionLogs | undefined
  /** Undefined where no traces are kept. */
  readonly record: Tracing['record'] | undefined
}

export function traceControl(
  { settings, decisions, logs }: Pick<Assembly, 'settings' | 'decisions' | 'logs'>,
  report: () => readonly ReportRow[],
): TraceControl {
  let rows: readonly ReportRow[] | undefined
  const { opaqueTokens } = settings
  const tracing = createTracing(settings.traces, {
    // Made once: but for states, which no trace tells, it does not change.
    report: () => (rows ??= report()),
    asksAboutAll:
      typeof opaqueTokens === 'object' && opaqueTokens !== null && Reflect.get(opaqueTokens, 'tokens') === 'all',
    now: decisions.token.now,
  })
  const { trace = async () => undefined, traces = () => [] } = tracing ?? {}
  return {
    logs: tracing?.over(logs) ?? logs,
    record: tracing?.record,
    trace,
    traces,
    traceResponse: (request) => traceResponse({ trace, traces, hasTenants: settings.tenants !== undefined }, request),
  }
}
