import type { DecisionEvent } from '@acme/auth-core'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'

import { logRefusal } from '../src/decision-log.js'
import { answerFault } from '../src/fault.js'

const lines: string[] = []
const event: DecisionEvent = {
  type: 'decision',
  outcome: 'refused',
  correlationId: 'id-1',
  duration: 0.001,
  method: 'GET',
  path: '/',
  route: undefined,
  reason: 'token_invalid',
  code: 'AUTH_1002',
  status: 401,
  detail: 'line one\nline two',
  cause: undefined,
  scheme: 'Bearer',
  issuer: undefined,
  subject: 'user-1',
  clientId: undefined,
  tenant: undefined,
}

beforeEach(() => {
  lines.length = 0
  vi.spyOn(console, 'error').mockImplementation((line: string) => void lines.push(line))
})
afterEach(() => vi.restoreAllMocks())

test('a refusal is one line of JSON', () => {
  logRefusal({ ...event, cause: new Error('why') })
  expect(lines).toHaveLength(1)
  expect(lines[0]).not.toContain('\n')
  expect(JSON.parse(lines[0] ?? '')).toEqual({
    event: 'refused',
    correlation_id: 'id-1',
    status: 401,
    code: 'AUTH_1002',
    reason: 'token_invalid',
    detail: 'line one\nline two',
    cause: 'why',
  })
})

test.each(['accepted', 'anonymous'] as const)('a request that was %s is not logged', (outcome) => {
  logRefusal({ ...event, outcome })
  expect(lines).toEqual([])
})

test.each([
  [Object.assign(new Error('x'), { status: 404 }), 404, 'not_found'],
  [Object.assign(new Error('x'), { statusCode: 415 }), 415, 'bad_request'],
])('a fault of the client is no fault of ours', (error, status, code) => {
  expect(answerFault(error)).toEqual({ status, body: { error: code }, headers: {} })
  expect(lines).toEqual([])
})

test.each([
  new Error('secret'),
  Object.assign(new Error('secret'), { status: 200 }),
  Object.assign(new Error('secret'), { statusCode: 503 }),
  Object.assign(new Error('secret'), { status: '404' }),
  'secret',
  undefined,
])('any other fault is logged and not told: %s', (error) => {
  expect(answerFault(error)).toEqual({ status: 500, body: { error: 'internal_error' }, headers: {} })
  expect(lines).toHaveLength(1)
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({ event: 'fault' })
})
