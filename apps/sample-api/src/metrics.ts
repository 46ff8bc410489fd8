import { createTelemetry } from '@acme/auth-otel'
import type { Telemetry } from '@acme/auth-otel'
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-http'
import { PrometheusExporter } from '@opentelemetry/exporter-prometheus'
import { MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics'
import type { IncomingMessage, ServerResponse } from 'node:http'

import type { Environment } from './variables.js'
import { text, wrong } from './variables.js'

/** What Prometheus reads at `GET /metrics`, and what a collector is sent by OTLP. */
export interface Metrics extends Pick<Telemetry, 'onEvent' | 'observe'> {
  /** Answers a request for them. */
  readonly answer: (request: IncomingMessage, response: ServerResponse) => void
  readonly open: () => void
  /** Sends what was not sent yet. */
  readonly close: () => Promise<void>
}

// Milliseconds.
const EXPORT_INTERVAL = 10_000
const EXPORT_TIMEOUT = 1000

/**
 * With `METRICS=1`; undefined without. `OTEL_EXPORTER_OTLP_ENDPOINT`, as OpenTelemetry names it, is where a collector listens.
 *
 * @throws {TypeError} that names the variable
 */
export function metricsFrom(env: Environment): Metrics | undefined {
  const given = text(env, 'METRICS') ?? '0'
  if (given === '0') return undefined
  if (given !== '1') throw wrong('METRICS', given, '0 or 1')
  const prometheus = new PrometheusExporter({ preventServerStart: true })
  const collector = text(env, 'OTEL_EXPORTER_OTLP_ENDPOINT')
  const meterProvider = new MeterProvider({
    readers: collector === undefined ? [prometheus] : [prometheus, readerFor(collector)],
  })
  const { onEvent, observe } = createTelemetry({ meterProvider, routes: true })
  return {
    onEvent,
    observe,
    answer: (request, response) => prometheus.getMetricsRequestHandler(request, response),
    open: () => undefined,
    // A collector that is gone must not keep the process.
    close: () => meterProvider.shutdown().catch(() => undefined),
  }
}

function readerFor(collector: string): PeriodicExportingMetricReader {
  if (!URL.canParse(collector))
    throw wrong('OTEL_EXPORTER_OTLP_ENDPOINT', collector, 'a URL such as http://127.0.0.1:4318')
  const url = new URL('v1/metrics', collector.endsWith('/') ? collector : `${collector}/`).href
  const exporter = new OTLPMetricExporter({ url, timeoutMillis: EXPORT_TIMEOUT })
  return new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: EXPORT_INTERVAL })
}
