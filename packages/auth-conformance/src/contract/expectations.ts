import type { RawResponse } from './raw-http.js'

/** What must be seen, and what was: equal objects when the contract is kept. */
export interface Answer {
  readonly status: number
  /** Lower-case names and values of all headers that are not the server's own, sorted. */
  readonly headers: readonly string[]
  readonly body: string
}

/** What every server answers that keeps the RFCs, whatever its words. A SHOULD counts as the rule. */
export interface RfcFacts {
  /** The status is one of these. */
  readonly statuses: readonly number[]
  /** A challenge of this scheme is there; undefined where RFCs leave that open. */
  readonly scheme: 'Bearer' | 'DPoP' | undefined
  /** The `error` of that challenge is one of these; it has none when the list is empty. */
  readonly errors: readonly string[]
  /** Whether a nonce is handed out. */
  readonly nonce?: true
}

/** The response to one request of the contract: the exact one of this kit, and what RFCs say of it. */
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
  /** Whether there is a DPoP-Nonce, of whatever value. */
  readonly nonce?: true
  /** Whether the server or the router answers by itself, in its own words: only the status is compared. */
  readonly serverAnswers?: true
  /** What is compared at level rfc, of a case that a clause demands. */
  readonly rfc: RfcFacts
}

/** A request that reaches its handler. */
export function accepted(body: Readonly<Record<string, unknown>>): Expected {
  const none = { error: undefined, challenge: undefined, retryAfter: undefined, correlationId: undefined }
  return { status: 200, body, ...none, rfc: { statuses: [200], scheme: undefined, errors: [] } }
}

/** Why a request is refused. */
export interface Refusal {
  readonly status: number
  readonly error: string
  readonly code: string
  readonly description: string
}

/** A request that is refused with these challenges. */
export function refused({ status, error, code, description }: Refusal, challenge: string, rfc: RfcFacts): Expected {
  const body = { error, error_description: description, code }
  return { status, error, challenge, retryAfter: undefined, body, correlationId: undefined, rfc }
}

/** The same answer with a nonce (RFC 9449 §8.2, §9). */
export function withNonce(expected: Expected): Expected {
  return { ...expected, nonce: true }
}

/** A request that cannot be decided on right now: no challenge, since new credentials would not help. */
export function unavailable(code: string, description: string, retryAfter: string): Expected {
  const error = 'temporarily_unavailable'
  const body = { error, error_description: description, code }
  // RFC 9110 §15.6: which of them depends on how the server is built. No 401: it would blame the credentials.
  const rfc = { statuses: [500, 502, 503, 504], scheme: undefined, errors: [] }
  return { status: 503, error, challenge: undefined, retryAfter, body, correlationId: undefined, rfc }
}

/** A request that no adapter gets to see. */
export function ofServer(status: number): Expected {
  const { rfc, ...expected } = accepted({})
  return { ...expected, status, serverAnswers: true, rfc: { ...rfc, statuses: [status] } }
}

const ID = '<correlation id>'
const NONCE = 'dpop-nonce: <nonce>'

/**
 * The expectation as an {@link Answer}.
 * @example
 * ```ts
 * import { expectedAnswer, expiredToken } from '@acme/auth-conformance'
 *
 * console.log(expectedAnswer(expiredToken()))
 * ```
 */
export function expectedAnswer(expected: Expected): Answer {
  const nonce = expected.nonce === true ? [NONCE] : []
  if (expected.error === undefined) {
    const headers = expected.nonce === true ? ['cache-control: no-store', ...nonce] : []
    return { status: expected.status, headers, body: JSON.stringify(expected.body) }
  }
  const id = expected.correlationId ?? ID
  const body = JSON.stringify({ ...expected.body, correlation_id: id })
  return {
    status: expected.status,
    headers: [
      'cache-control: no-store',
      `content-length: ${body.length + (expected.correlationId === undefined ? GENERATED_LENGTH - ID.length : 0)}`,
      'content-type: application/json; charset=utf-8',
      ...nonce,
      ...(expected.retryAfter === undefined ? [] : [`retry-after: ${expected.retryAfter}`]),
      ...(expected.challenge === undefined ? [] : [`www-authenticate: ${expected.challenge}`]),
      `x-request-id: ${id}`,
    ],
    body: expected.headOnly === true ? '' : body,
  }
}

// A generated identifier is a UUID.
const GENERATED_LENGTH = 36
const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/
const GENERATED = new RegExp(`"correlation_id":"(${UUID.source})"`)

// Every server adds these in its own way; they say nothing of the decision.
const SERVER_HEADERS = new Set(['date', 'connection', 'keep-alive'])

// What of an accepted request's answer is not its handler's.
const DECISION_HEADERS = ['cache-control', 'dpop-nonce', 'www-authenticate']
// RFC 9449 §8.1: 1*NQCHAR.
const NONCE_LINE = /^dpop-nonce: [\x21\x23-\x5B\x5D-\x7E]{1,256}$/

/** The response as an {@link Answer}: of an accepted request, only what its handler said, and what goes with a nonce. */
export function seenAnswer(response: RawResponse): Answer {
  const id = generatedId(response)
  const headers = response.headers
    .filter(([name]) => !SERVER_HEADERS.has(name.toLowerCase()))
    .filter(([name]) => response.status !== 200 || DECISION_HEADERS.includes(name.toLowerCase()))
    // RFC 9110 §5.1: names in any case; Bun writes its own.
    .map(([name, value]) => `${name.toLowerCase()}: ${value === id ? ID : value}`.replace(NONCE_LINE, NONCE))
    .toSorted()
  const body = response.body.replace(GENERATED, `"correlation_id":"${ID}"`)
  return { status: response.status, headers, body }
}

/** That of the body, which the header must have too; where no body is sent, that of the header. */
function generatedId({ headers, body }: RawResponse): string | undefined {
  if (body !== '') return GENERATED.exec(body)?.[1]
  return headers.find(([name, value]) => name.toLowerCase() === 'x-request-id' && UUID.test(value))?.[1]
}
