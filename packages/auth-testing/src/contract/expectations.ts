import type { RawResponse } from './raw-http.js'

/** What must be seen, and what was: equal objects when the contract is kept. */
export interface Answer {
  readonly status: number
  /** Lower-case names and values of all headers that are not the server's own, sorted. */
  readonly headers: readonly string[]
  readonly body: string
}

/** The exact response to one request of the contract. */
export interface Expected {
  readonly status: number
  readonly error: string | undefined
  readonly challenge: string | undefined
  readonly retryAfter: string | undefined
  /** A body, or its members. `correlation_id` is added to a refusal. */
  readonly body: Readonly<Record<string, unknown>>
  /** The `correlation_id` that must come back; any safe one by default. */
  readonly correlationId: string | undefined
  /** Whether the body is left out, as for HEAD (RFC 9110 §9.3.2). */
  readonly headOnly?: true
}

/** A request that reaches its handler. */
export function accepted(body: Readonly<Record<string, unknown>>): Expected {
  return { status: 200, error: undefined, challenge: undefined, retryAfter: undefined, body, correlationId: undefined }
}

/** A request that is refused with these challenges. */
export function refused(status: number, error: string, code: string, description: string, challenge: string): Expected {
  return {
    status,
    error,
    challenge,
    retryAfter: undefined,
    body: { error, error_description: description, code },
    correlationId: undefined,
  }
}

/** A request that cannot be decided on right now: no challenge, since new credentials would not help. */
export function unavailable(code: string, description: string, retryAfter: string): Expected {
  const error = 'temporarily_unavailable'
  return {
    status: 503,
    error,
    challenge: undefined,
    retryAfter,
    body: { error, error_description: description, code },
    correlationId: undefined,
  }
}

const ID = '<correlation id>'

/** The expectation as an {@link Answer}. */
export function expectedAnswer(expected: Expected): Answer {
  if (expected.error === undefined) return { status: expected.status, headers: [], body: JSON.stringify(expected.body) }
  const id = expected.correlationId ?? ID
  const body = JSON.stringify({ ...expected.body, correlation_id: id })
  return {
    status: expected.status,
    headers: [
      'cache-control: no-store',
      `content-length: ${body.length + (expected.correlationId === undefined ? GENERATED_LENGTH - ID.length : 0)}`,
      'content-type: application/json; charset=utf-8',
      ...(expected.retryAfter === undefined ? [] : [`retry-after: ${expected.retryAfter}`]),
      ...(expected.challenge === undefined ? [] : [`www-authenticate: ${expected.challenge}`]),
    ],
    body: expected.headOnly === true ? '' : body,
  }
}

// A generated identifier is a UUID.
const GENERATED_LENGTH = 36
const GENERATED = /"correlation_id":"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"/

// Every server adds these in its own way; they say nothing of the decision.
const SERVER_HEADERS = new Set(['date', 'connection', 'keep-alive'])

/** The response as an {@link Answer}: of an accepted request, only what its handler said. */
export function seenAnswer(response: RawResponse): Answer {
  const headers = response.headers
    .filter(([name]) => !SERVER_HEADERS.has(name.toLowerCase()))
    .map(([name, value]) => `${name}: ${value}`)
    .toSorted()
  const body = response.body.replace(GENERATED, `"correlation_id":"${ID}"`)
  return { status: response.status, headers: response.status === 200 ? [] : headers, body }
}
