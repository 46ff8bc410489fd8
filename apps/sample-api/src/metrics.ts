import { createTelemetry } from '@acme/auth-otel'
import type { Telemetry } from '@acme/auth-otel'
import { PrometheusExporter } from '@opentelemetry/exporter-prometheus'
import { MeterProvider } from '@opentelemetry/sdk-metrics'
import type { IncomingMessage, ServerResponse } from 'node:http'

import type { Environment } from './variables.js'
import { text, wrong } from './variables.js'

/** What Prometheus reads. A collector takes the same by OTLP: another reader of the same provider. */
export interface Metrics extends Pick<Telemetry, 'onEvent' | 'observe'> {
  /** Answers a request for them. */
  readonly answer: (request: IncomingMessage, response: ServerResponse) => void
}

/** With `METRICS=1`; undefined without. @throws {TypeError} that names the variable */
export function metricsFrom(env: Environment): Metrics | undefined {
  const given = text(env, 'METRICS') ?? '0'
  if (given === '0') return undefined
  if (given !== '1') throw wrong('METRICS', given, '0 or 1')
  const exporter = new PrometheusExporter({ preventServerStart: true })
  const { onEvent, observe } = createTelemetry({
    meterProvider: new MeterProvider({ readers: [exporter] }),
    routes: true,
  })
  return { onEvent, observe, answer: (request, response) => exporter.getMetricsRequestHandler(request, response) }
}
