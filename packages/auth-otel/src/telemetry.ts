import type {
  AuthEvent,
  ConnectionEvent,
  DecisionEvent,
  IntrospectionEvent,
  KeysEvent,
  ResourceServer,
  RevocationEvent,
} from '@acme/auth-core'
import { metrics } from '@opentelemetry/api'
import type { MeterProvider } from '@opentelemetry/api'

import { bounded, createCounts } from './counts.js'
import { decisionCounter } from './decision-counts.js'
import { createDependencies } from './dependencies.js'
import { createInstruments } from './instruments.js'
import type { MetricName } from './metrics.js'
import { METRICS } from './metrics.js'
import { rejectUnknown } from './option-names.js'
import { sampler } from './sampler.js'
import { markSpan } from './span-attributes.js'
import type { SpanOptions } from './span-attributes.js'

/** Options of {@link createTelemetry}. */
export interface TelemetryOptions {
  /** Where metrics go. @defaultValue the global one, which must be set by then: it is not looked for again */
  readonly meterProvider?: MeterProvider | undefined
  /** Other names of metrics, by ours. @defaultValue ours */
  readonly names?: Readonly<Partial<Record<MetricName, string>>> | undefined
  /** Of how many decisions one is timed, on average; 1 for all, at 2 µs each. @defaultValue 100 */
  readonly sampleDurations?: number | undefined
  /** The issuers that are told apart. @defaultValue the first 20 whose keys are fetched */
  readonly issuers?: readonly string[] | undefined
  /** The tenants that decisions are counted by; others as `other`. @defaultValue none: not by tenant */
  readonly tenants?: readonly string[] | undefined
  /**
   * Whether decisions are counted by route, as `http.route`: the first 100, others as `other`. Combinations with tenants and
   * reasons are bounded too. @defaultValue false
   */
  readonly routes?: boolean | undefined
  /** What spans are told; false for nothing. @defaultValue {} */
  readonly spans?: SpanOptions | false | undefined
}

/** Counts what a resource server tells. */
export interface Telemetry {
  /** For the option `onEvent`. */
  readonly onEvent: (event: AuthEvent) => void
  /** Has what a resource server counts itself reported too: its token cache, replay store, and introspection. */
  readonly observe: (resourceServer: Pick<ResourceServer, 'statistics'>) => void
}

const OPTIONS = ['meterProvider', 'names', 'sampleDurations', 'issuers', 'tenants', 'routes', 'spans']
// Names of issuers and of revocation sources.
const MOST_NAMES = 20

/**
 * Metrics and span attributes of a resource server, by OpenTelemetry. Requests are counted in own numbers, which instruments
 * report when they are read. No attribute tells of a subject, client, key or path.
 *
 * @throws {TypeError} that names the option, and what is wanted
 * @example
 * ```ts
 * import { createAuth } from '@acme/auth-express'
 * import { createTelemetry } from '@acme/auth-otel'
 *
 * const telemetry = createTelemetry()
 * const { requireAuth, resourceServer } = createAuth({
 *   issuer: 'https://issuer.example.com/',
 *   audience: 'https://api.example.com',
 *   onEvent: telemetry.onEvent,
 * })
 * telemetry.observe(resourceServer)
 * export const guard = requireAuth('read:messages')
 * ```
 */
export function createTelemetry(options: TelemetryOptions = {}): Telemetry {
  const { names, spans = {}, tenants, routes = false } = checked(options)
  const provider = options.meterProvider ?? metrics.getMeterProvider()
  const instruments = createInstruments(provider.getMeter('@acme/auth-otel'), names)
  const servers = new Set<Pick<ResourceServer, 'statistics'>>()
  const counts = {
    decisions: instruments.counted('acme.auth.decisions', createCounts()),
    shadow: instruments.counted('acme.auth.shadow.refusals', createCounts()),
    keys: instruments.counted('acme.auth.keys.transitions', createCounts()),
    introspection: instruments.counted('acme.auth.introspection.transitions', createCounts()),
    revocation: instruments.counted('acme.auth.revocation.transitions', createCounts()),
    connection: instruments.counted('acme.auth.connection.transitions', createCounts()),
    warnings: instruments.counted('acme.auth.warnings', createCounts()),
  }
  const durations = {
    decision: instruments.histogram('acme.auth.authenticate.duration'),
    fetch: instruments.histogram('acme.auth.keys.fetch.duration'),
    connection: instruments.histogram('acme.auth.connection.duration'),
  }
  let open = 0
  instruments.observed('acme.auth.connection.open', () => [[open, {}]])
  const dependencies = createDependencies()
  instruments.observed('acme.auth.dependency.up', dependencies.read)
  instruments.statistics(servers)

  const isTimed = sampler(options.sampleDurations ?? 100)
  const issuerOf = bounded(options.issuers, MOST_NAMES)
  const sourceOf = bounded(undefined, MOST_NAMES)
  const count = decisionCounter(counts.decisions, tenants, routes)
  const tellsUser = spans !== false && spans.user === true

  function decided(event: DecisionEvent): void {
    count(event)
    if (event.shadow !== undefined) counts.shadow.with('acme.auth.reason', event.shadow.reason).add()
    if (isTimed()) durations.decision.record(event.duration, { 'acme.auth.outcome': event.outcome })
    if (spans !== false) markSpan(event, tellsUser)
  }

  function keys(event: KeysEvent): void {
    const { transition, duration } = event
    const issuer = issuerOf(event.issuer)
    counts.keys.with('acme.auth.issuer', issuer).with('acme.auth.transition', transition).add()
    dependencies.note(event, issuer)
    if (duration === undefined) return
    durations.fetch.record(duration, { 'acme.auth.issuer': issuer, 'acme.auth.transition': transition })
  }

  function endpoint(event: IntrospectionEvent): void {
    const issuer = issuerOf(event.issuer)
    counts.introspection.with('acme.auth.issuer', issuer).with('acme.auth.transition', event.transition).add()
    dependencies.note(event, issuer)
  }

  function revocation(event: RevocationEvent): void {
    const source = sourceOf(event.source)
    counts.revocation.with('acme.auth.source', source).with('acme.auth.transition', event.transition).add()
    dependencies.note(event, source)
  }

  function connection({ transition, age }: ConnectionEvent): void {
    counts.connection.with('acme.auth.transition', transition).add()
    if (transition === 'opened') open += 1
    if (!ENDS.has(transition)) return
    open -= 1
    durations.connection.record(age, { 'acme.auth.transition': transition })
  }

  return {
    onEvent(event) {
      if (event.type === 'decision') return decided(event)
      if (event.type === 'keys') return keys(event)
      if (event.type === 'connection') return connection(event)
      if (event.type === 'revocation') return revocation(event)
      if (event.type === 'introspection') return endpoint(event)
      if (event.type === 'warning') counts.warnings.with('acme.auth.code', event.code).add()
    },
    observe(resourceServer) {
      if (typeof resourceServer?.statistics !== 'function') {
        throw new TypeError('observe: want a resource server, such as createAuth(…).resourceServer')
      }
      servers.add(resourceServer)
    },
  }
}

/** How a connection ends, once. */
const ENDS: ReadonlySet<ConnectionEvent['transition']> = new Set(['expired', 'revoked', 'limited', 'closed'])

function checked(options: TelemetryOptions): TelemetryOptions {
  rejectUnknown('createTelemetry', options, OPTIONS)
  const { names = {}, sampleDurations = 1, spans, tenants = [], issuers = [] } = options
  rejectUnknown('createTelemetry: names', names, Object.keys(METRICS))
  if (typeof spans === 'object') rejectUnknown('createTelemetry: spans', spans, ['user'])
  if (!Number.isFinite(sampleDurations) || sampleDurations < 1) {
    throw new TypeError('createTelemetry: sampleDurations: want a number, 1 at least')
  }
  if (tenants.length > 200 || issuers.length > 200) {
    throw new TypeError('createTelemetry: tenants and issuers: want at most 200 of each')
  }
  return options
}
