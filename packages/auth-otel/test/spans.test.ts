import { createProof, createTestKey, startTestIssuer } from '@acme/auth-testing'
import { context, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'

import { createTelemetry } from '../src/index.js'
import type { TelemetryOptions } from '../src/index.js'
import { APIS } from './servers.js'
import type { Api, StartApi } from './servers.js'

const AUDIENCE = 'https://api.test/'
const spans = new InMemorySpanExporter()
const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(spans)] })
const tracer = provider.getTracer('test')
const issuer = await startTestIssuer({ audience: AUDIENCE })

beforeAll(() => context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable()))
beforeEach(() => spans.reset())
afterAll(async () => {
  context.disable()
  await issuer.close()
})

async function startWith(start: StartApi, options: TelemetryOptions = {}): Promise<Api> {
  const { onEvent } = createTelemetry(options)
  return start({ issuer: issuer.issuer, audience: AUDIENCE, onEvent }, { tracer })
}

/** Requests one after the other, and the attributes of their spans. */
async function attributesOf(url: string, ...requests: Readonly<Record<string, string>>[]): Promise<object[]> {
  for (const headers of requests) await fetch(url, { headers: { 'x-request-id': 'request-7', ...headers } })
  return spans.getFinishedSpans().map(({ attributes }) => attributes)
}

describe.each(APIS)('the span of a request to %s', (name, start) => {
  const id = { 'acme.auth.correlation_id': name === 'Fastify' ? expect.stringMatching(/./) : 'request-7' }

  it('tells the outcome, scheme and correlation id, across await, and nothing of the caller', async () => {
    const api = await startWith(start)
    const key = await createTestKey('ES256')
    const bound = await issuer.accessToken({ jkt: key.thumbprint })
    const dpop = await createProof({ key, url: `${api.url}/items/1`, accessToken: bound })
    const attributes = await attributesOf(
      `${api.url}/items/1`,
      { authorization: `Bearer ${await issuer.accessToken()}` },
      { authorization: `DPoP ${bound}`, dpop },
      { authorization: `Bearer ${await issuer.accessToken({ expiresIn: -60 })}` },
      {},
    )
    expect(attributes).toEqual([
      { 'acme.auth.outcome': 'accepted', 'acme.auth.scheme': 'Bearer', ...id },
      { 'acme.auth.outcome': 'accepted', 'acme.auth.scheme': 'DPoP', ...id },
      { 'acme.auth.outcome': 'refused', 'acme.auth.reason': 'token_expired', 'acme.auth.scheme': 'Bearer', ...id },
      { 'acme.auth.outcome': 'refused', 'acme.auth.reason': 'credentials_missing', ...id },
    ])
    await api.close()
  })

  it('tells the type of a fault', async () => {
    const own = await startTestIssuer({ audience: AUDIENCE })
    own.fail('metadata', 'reset')
    const { onEvent } = createTelemetry()
    const api = await start({ issuer: own.issuer, audience: AUDIENCE, onEvent }, { tracer })
    const [span] = await attributesOf(`${api.url}/maybe`, { authorization: `Bearer ${await own.accessToken()}` })
    expect(span).toMatchObject({ 'acme.auth.reason': 'issuer_unavailable', 'error.type': 'issuer_unavailable' })
    await api.close()
    await own.close()
  })

  it('tells who the caller is where that is wanted, in bounds', async () => {
    const api = await startWith(start, { spans: { user: true } })
    const token = await issuer.accessToken({ claims: { sub: 's'.repeat(1000), client_id: 'app' } })
    const [span] = await attributesOf(`${api.url}/items/1`, { authorization: `Bearer ${token}` }, {})
    expect(span).toMatchObject({
      'enduser.id': 's'.repeat(256),
      'acme.auth.issuer': issuer.issuer,
      'acme.auth.client_id': 'app',
    })
    await api.close()
  })

  it('tells nothing where nothing is wanted', async () => {
    const api = await startWith(start, { spans: false })
    expect(await attributesOf(`${api.url}/maybe`, {})).toEqual([{}])
    await api.close()
  })

  it('is told apart from those of other requests at the same time', async () => {
    const api = await startWith(start, { spans: { user: true } })
    const subjects = Array.from({ length: 20 }, (_one, index) => `user-${index}`)
    await Promise.all(
      subjects.map(async (sub) => {
        const authorization = `Bearer ${await issuer.accessToken({ claims: { sub } })}`
        return fetch(`${api.url}/items/1`, { headers: { authorization } })
      }),
    )
    const seen = spans.getFinishedSpans().map(({ attributes }) => String(attributes['enduser.id']))
    expect(seen.toSorted()).toEqual(subjects.toSorted())
    await api.close()
  })
})

describe('a request without a span', () => {
  it('is let alone', () => {
    expect(trace.getActiveSpan()).toBe(undefined)
  })
})
