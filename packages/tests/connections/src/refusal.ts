import type { RawResponse } from '@acme/auth-conformance'
import { expect } from 'vitest'

import { REQUEST_ID } from './harness.js'
import type { Harness, Shown } from './harness.js'
import { headerOf } from './raw.js'

/** Status and code of a refusal, and the `error` of its challenge, null for bare ones. */
export interface Refusal {
  readonly status: number
  readonly code: string
  readonly error: string | null
}

export const NO_CREDENTIALS: Refusal = { status: 401, code: 'AUTH_1003', error: null }
export const TOKEN_INVALID: Refusal = { status: 401, code: 'AUTH_1002', error: 'invalid_token' }
export const TOKEN_EXPIRED: Refusal = { status: 401, code: 'AUTH_1001', error: 'invalid_token' }
export const TOKEN_BOUND: Refusal = { status: 401, code: 'AUTH_1004', error: 'invalid_token' }
export const TOKEN_REVOKED: Refusal = { status: 401, code: 'AUTH_1018', error: 'invalid_token' }
export const TICKET_INVALID: Refusal = { status: 401, code: 'AUTH_1019', error: 'invalid_token' }
export const SCOPE_MISSING: Refusal = { status: 403, code: 'AUTH_1005', error: 'insufficient_scope' }
export const MALFORMED: Refusal = { status: 400, code: 'VAL_2001', error: 'invalid_request' }
export const TOO_LARGE: Refusal = { status: 400, code: 'VAL_2003', error: 'invalid_request' }

/** Holds the whole answer before the handshake against what is expected. */
export async function expectRefused(harness: Harness, shown: Shown, expected: Refusal): Promise<RawResponse> {
  const answer = await harness.answer(shown)
  expect(answer.status).toBe(expected.status)
  expectChallenge(answer, expected)
  expect(headerOf(answer, 'x-request-id')).toBe(REQUEST_ID)
  expect(headerOf(answer, 'sec-websocket-protocol')).toBeUndefined()
  if (harness.can.has('refusal-body')) {
    expect(headerOf(answer, 'content-type')).toMatch(/^application\/json/)
    expect(JSON.parse(answer.body)).toMatchObject({ code: expected.code, correlation_id: REQUEST_ID })
  }
  return answer
}

function expectChallenge(answer: RawResponse, { error, status }: Refusal): void {
  const challenge = headerOf(answer, 'www-authenticate')
  if (status === 503) expect(headerOf(answer, 'retry-after')).toMatch(/^\d+$/)
  else if (error === null) expect(challenge).not.toMatch(/error=/)
  else expect(challenge).toContain(`error="${error}"`)
  if (status === 401) expect(challenge).toMatch(/^(Bearer|DPoP) /)
}
