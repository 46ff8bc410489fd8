import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'

import type { DecisionEvent } from '@acme/auth-core'
import { expect, onTestFinished, test } from 'vitest'

import { metricsFrom } from '../src/metrics.js'

const refused: DecisionEvent = {
  type: 'decision',
  outcome: 'refused',
  correlationId: 'a',
  duration: 0.001,
  method: 'GET',
  path: '/api/private',
  route: '/api/private',
  reason: 'credentials_missing',
  code: 'AUTH_1003',
  status: 401,
  detail: undefined,
  cause: undefined,
  scheme: undefined,
  tenant: undefined,
  issuer: undefined,
  subject: undefined,
  clientId: undefined,
}

test('a collector is sent what was counted, at the end at the latest', async () => {
  const bodies: { path: string | undefined; body: string }[] = []
  const collector = createServer((request, response) => {
    void text(request).then((body) => {
      bodies.push({ path: request.url, body })
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}')
    })
  })
  onTestFinished(() => void collector.close())
  collector.listen(0, '127.0.0.1')
  await once(collector, 'listening')
  const { port } = collector.address() as AddressInfo // as: it listens on a TCP port

  const metrics = metricsFrom({ METRICS: '1', OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}` })
  metrics?.onEvent(refused)
  await metrics?.close()
  expect(bodies.map(({ path }) => path)).toEqual(['/v1/metrics'])
  expect(bodies[0]?.body).toContain('"acme.auth.decisions"')
  expect(bodies[0]?.body).toContain('credentials_missing')
})

test('a collector that is gone keeps nobody', async () => {
  const metrics = metricsFrom({ METRICS: '1', OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1' })
  metrics?.onEvent(refused)
  expect(await metrics?.close()).toBeUndefined()
})

test.each([
  ['METRICS', { METRICS: 'yes' }],
  ['OTEL_EXPORTER_OTLP_ENDPOINT', { METRICS: '1', OTEL_EXPORTER_OTLP_ENDPOINT: 'nowhere' }],
])('a bad %s is told by its name', (name, env) => {
  expect(() => metricsFrom(env)).toThrow(`${name}: got`)
})
