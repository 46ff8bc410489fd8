import { describe, expect, test } from 'vitest'

import { answerFault } from '../src/fault.js'
import { limitKey, RetryLater, tooManyRequests } from '../src/limits.js'

const ada = { issuer: 'https://a.example.com/', subject: 'ada', clientId: 'client-1' }

describe('limitKey', () => {
  test('is one for an issuer and a subject, whatever the client', () => {
    expect(limitKey(ada)).toMatch(/^[\w-]{43}$/)
    expect(limitKey({ ...ada, clientId: 'client-2' })).toBe(limitKey(ada))
    expect(limitKey({ ...ada, subject: 'x'.repeat(10_000) })).toHaveLength(43)
  })

  test('is another for everyone else', () => {
    const others = [
      { ...ada, issuer: 'https://b.example.com/' },
      { ...ada, subject: 'Ada' },
      { ...ada, subject: '' },
      { ...ada, issuer: 'https://a.example.com/ada', subject: '' },
      { ...ada, issuer: 'https://a.example.com', subject: '/ada' },
      { ...ada, issuer: 'https://a.example.com/","subject', subject: 'ada' },
      { ...ada, issuer: 'https://a.example.com/', subject: '","ada' },
      // In UTF-8 all lone surrogates are the same bytes.
      { ...ada, subject: '\uD800' },
      { ...ada, subject: '\uD801' },
      { ...ada, subject: '\uFFFD' },
      { ...ada, subject: undefined },
      { ...ada, subject: undefined, clientId: 'ada' },
      { ...ada, subject: undefined, clientId: undefined },
      { ...ada, subject: undefined, clientId: 'null' },
      { ...ada, subject: 'client-1' },
    ]
    expect(new Set([ada, ...others].map((one) => limitKey(one))).size).toBe(others.length + 1)
  })
})

test.each([
  [8001, '9'],
  [1000, '1'],
  [1, '1'],
  [0, '1'],
  [-50, '1'],
])('with %i ms left a client may ask again after %s s', (left, seconds) => {
  expect(answerFault(tooManyRequests(left))).toEqual({
    status: 429,
    headers: { 'retry-after': seconds, 'cache-control': 'no-store' },
    body: { error: 'too_many_requests' },
  })
})

test('a count that failed is told as temporary, and not why', () => {
  expect(answerFault(new RetryLater(503, 5, { cause: new Error('redis://:secret@redis') }))).toEqual({
    status: 503,
    headers: { 'retry-after': '5', 'cache-control': 'no-store' },
    body: { error: 'temporarily_unavailable' },
  })
})
