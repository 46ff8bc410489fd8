// What telemetry adds to a decision: `node --expose-gc dist/telemetry.js`. As ratios to the cheapest decision there is, a
// Bearer token that is remembered, since seconds say more of the machine than of the code.
import { createResourceServer } from '@acme/auth-core'
import type { AuthEvent, ResourceRequest } from '@acme/auth-core'
import { createTelemetry } from '@acme/auth-otel'
import { createTestIssuer } from '@acme/auth-testing'
import { context } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { PrometheusExporter } from '@opentelemetry/exporter-prometheus'
import { MeterProvider } from '@opentelemetry/sdk-metrics'

import { summarise } from './statistics.js'

const AUDIENCE = 'https://api.test/'
const ROUNDS = 15
const DECISIONS = 20_000
const EVENTS = 500_000

type Hook = (event: AuthEvent) => void

const meterProvider = new MeterProvider({ readers: [new PrometheusExporter({ preventServerStart: true })] })
// As an application with traces has it: there is no active span, but somebody who would know of one.
context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
const counter = meterProvider.getMeter('benchmark').createCounter('decisions')
let last: AuthEvent | undefined

const hooks: Readonly<Record<string, Hook>> = {
  'an empty hook': (event) => {
    last = event
  },
  // What differs between two of the same is noise.
  'another empty hook': (event) => {
    last = event
  },
  telemetry: createTelemetry({ meterProvider }).onEvent,
  'telemetry without spans': createTelemetry({ meterProvider, spans: false }).onEvent,
  'telemetry by route': createTelemetry({ meterProvider, routes: true }).onEvent,
  'counter.add': (event) => {
    if (event.type === 'decision') counter.add(1, { outcome: event.outcome, scheme: event.scheme ?? '' })
  },
}

const issuer = await createTestIssuer({ audience: AUDIENCE })
const token = await issuer.accessToken()

function request(): ResourceRequest {
  return {
    method: 'GET',
    target: '/items/1',
    rawHeaders: ['Host', 'api.test', 'Authorization', `Bearer ${token}`],
    scheme: 'https',
    peer: '192.0.2.1',
    trustedHops: () => 0,
    identity: {},
    route: '/items/:id',
  }
}

/** Nanoseconds of CPU for each decision. */
async function decide(onEvent: Hook): Promise<number> {
  const server = createResourceServer({ issuer: issuer.issuer, audience: AUDIENCE, fetch: issuer.fetch, onEvent })
  for (let warm = 0; warm < 2000; warm += 1) await server.authenticate(request())
  globalThis.gc?.()
  const before = process.cpuUsage()
  for (let count = 0; count < DECISIONS; count += 1) await server.authenticate(request())
  return cpuSince(before) / DECISIONS
}

/** Nanoseconds of CPU for each event. */
function tell(onEvent: Hook, event: AuthEvent): number {
  const before = process.cpuUsage()
  for (let count = 0; count < EVENTS; count += 1) onEvent(event)
  return cpuSince(before) / EVENTS
}

function cpuSince(before: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(before)
  return (user + system) * 1000
}

function shuffled<Value>(values: readonly Value[]): Value[] {
  const keyed = values.map((value) => [Math.random(), value] as const)
  return keyed.toSorted(([a], [b]) => a - b).map(([, value]) => value)
}

const names = Object.keys(hooks)
const decisions = new Map<string, number[]>(names.map((name) => [name, []]))
const events = new Map<string, number[]>(names.map((name) => [name, []]))
for (let round = 0; round < ROUNDS; round += 1) {
  // None is always the first, or after the same other one.
  for (const [name, hook] of shuffled(Object.entries(hooks))) {
    decisions.get(name)?.push(await decide(hook))
    if (last !== undefined) events.get(name)?.push(tell(hook, last))
  }
}

const base = summarise(decisions.get('an empty hook') ?? []).median
for (const name of names) {
  const [decision, event] = [summarise(decisions.get(name) ?? []), summarise(events.get(name) ?? [])]
  const ratio = (decision.median / base).toFixed(3)
  process.stdout.write(
    `${name.padEnd(26)} decision ${decision.median.toFixed(0)} ns (± ${decision.spread.toFixed(0)}), ${ratio} of an empty hook; ` +
      `the event alone ${event.median.toFixed(0)} ns\n`,
  )
}
