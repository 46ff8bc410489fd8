import type { ServerResponse } from 'node:http'

import type { AuthEvent, ConnectionEvent, DecisionEvent, RevocationEvent } from '@acme/auth-core'
import { PrometheusExporter } from '@opentelemetry/exporter-prometheus'
import { MeterProvider } from '@opentelemetry/sdk-metrics'

import { createTelemetry } from '../src/index.js'
import type { Telemetry, TelemetryOptions } from '../src/index.js'

/** A decision as core tells it. */
export function decision(parts: Partial<DecisionEvent> = {}): DecisionEvent {
  return {
    type: 'decision',
    outcome: 'accepted',
    correlationId: 'id-1',
    duration: 0.001,
    method: 'GET',
    path: '/items/7',
    route: '/items/:id',
    reason: undefined,
    code: undefined,
    status: undefined,
    detail: undefined,
    cause: undefined,
    scheme: 'Bearer',
    tenant: undefined,
    issuer: 'https://issuer.test/',
    subject: 'alice',
    clientId: 'app',
    ...parts,
  }
}

export const REFUSED: Partial<DecisionEvent> = {
  outcome: 'refused',
  reason: 'token_expired',
  code: 'AUTH_1001',
  status: 401,
  detail: 'exp was 5 s ago',
}

export function connection(transition: ConnectionEvent['transition'], age = 5): ConnectionEvent {
  const { route, tenant, issuer, subject, clientId } = decision()
  const caller = { route, tenant, issuer, subject, clientId }
  const refused = { reason: undefined, detail: undefined, correlationId: undefined }
  return { type: 'connection', transition, open: 1, age, ...refused, ...caller }
}

export function revocation(transition: RevocationEvent['transition'], source = 'epochs'): RevocationEvent {
  const whose = { issuer: 'https://issuer.test/', subject: 'alice', clientId: undefined }
  return { type: 'revocation', source, transition, detail: undefined, ...whose }
}

/** A sample of the text that Prometheus reads. */
export interface Sample {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

export interface Metered extends Telemetry {
  /** What Prometheus would read now. */
  text(): Promise<string>
  /** The samples of a name, as `label=value,…` and number; without the labels of the SDK. */
  samples(name: string): Promise<Record<string, number>>
  send(...events: AuthEvent[]): void
}

/** Telemetry with a real SDK, read as Prometheus reads it. */
export function metered(options: Omit<TelemetryOptions, 'meterProvider'> = {}): Metered {
  const exporter = new PrometheusExporter({ preventServerStart: true })
  const telemetry = createTelemetry({ ...options, meterProvider: new MeterProvider({ readers: [exporter] }) })
  const text = (): Promise<string> =>
    new Promise((resolve) => {
      const response = { setHeader: () => undefined, end: resolve, statusCode: 0 }
      exporter.getMetricsRequestHandler({} as never, response as unknown as ServerResponse) // reads only these
    })
  return {
    ...telemetry,
    text,
    async samples(name) {
      const own = samplesOf(await text()).filter((sample) => sample.name === name)
      return Object.fromEntries(own.map(({ labels, value }) => [labelsText(labels), value]))
    },
    send: (...events) => events.forEach((event) => telemetry.onEvent(event)),
  }
}

function labelsText(labels: Sample['labels']): string {
  const own = Object.entries(labels).filter(([name]) => !name.startsWith('otel_scope'))
  return own.map(([name, value]) => `${name}=${value}`).join(',')
}

/** Reads the text format of Prometheus. @throws for a line that is none of it */
export function samplesOf(text: string): Sample[] {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  return lines.map((line) => {
    const [, name = '', labels = '', value = ''] = /^(\w+)(?:\{(.*)\})? (\S+)(?: \d+)?$/.exec(line) ?? []
    if (name === '') throw new Error(`no sample: ${line}`)
    const pairs = [...labels.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(([, key = '', text = '']) => [key, text])
    return { name, labels: Object.fromEntries(pairs), value: Number(value) }
  })
}
