import type { ExpectedBody, Sent } from './bodies.js'
import type { SampleCase } from './cases.js'
import { credentialHeaders } from './credentials.js'
import type { SuiteTools } from './credentials.js'
import type { SuiteTest } from './suite-test.js'

export interface Answer {
  readonly status: number
  readonly body: unknown
}

/** Sends the request of a case. The name of the case is its correlation identifier. */
export async function runCase(
  origin: string,
  tools: SuiteTools,
  one: SampleCase,
): Promise<{ actual: Answer; expected: Answer }> {
  const { method, path, credentials, content } = one
  const id = one.name.replace(/[^\w.-]+/g, '_')
  const target = { method, url: new URL(path, origin).href }
  const sent = credentials === undefined ? undefined : await credentialHeaders(tools, credentials, target)
  const actual = await request(target.url, {
    method,
    headers: { 'x-request-id': id, ...sent?.headers, ...one.headers },
    ...(content !== undefined && { body: content }),
  })
  const claims = sent === undefined ? {} : claimsOf(sent.token)
  const body = expectedBody(one.body, id, { scheme: credentials?.scheme, claims })
  return { actual, expected: { status: one.status, body } }
}

/** The second use of a proof is refused. */
export function replayTest(origin: string, tools: SuiteTools): SuiteTest {
  return {
    name: 'a proof that was used before',
    async run() {
      const url = `${origin}/api/private`
      const { headers } = await credentialHeaders(tools, { scheme: 'DPoP', token: {} }, { method: 'GET', url })
      const first = await request(url, { headers })
      const second = await request(url, { headers: { ...headers, 'x-request-id': 'second' } })
      return {
        actual: [first.status, second],
        expected: [
          200,
          { status: 400, body: { error: 'invalid_dpop_proof', code: 'DPOP_6012', correlation_id: 'second' } },
        ],
      }
    },
  }
}

/** Of a refusal, what is stable; of any other answer, all. */
async function request(url: string, init: RequestInit): Promise<Answer> {
  const response = await fetch(url, init)
  const body: unknown = await response.json()
  if (typeof body !== 'object' || body === null || !('correlation_id' in body)) return { status: response.status, body }
  const { error, code, correlation_id } = body as Record<string, unknown> // as: an object, by the check above
  return { status: response.status, body: { error, code, correlation_id } }
}

function expectedBody(body: ExpectedBody, id: string, sent: Sent): unknown {
  if (typeof body === 'function') return body(sent)
  return 'refusal' in body && typeof body.refusal === 'object' ? { ...body.refusal, correlation_id: id } : body
}

function claimsOf(token: string): Readonly<Record<string, unknown>> {
  const [, payload = ''] = token.split('.')
  return JSON.parse(Buffer.from(payload, 'base64url').toString()) as Record<string, unknown> // as: made by the test kit
}
