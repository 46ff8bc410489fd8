import { expect, test } from 'vitest'

import { createTally } from '../../src/soak/tally.js'

const accepted = { outcome: '200', accepted: true, nonce: undefined }
const refused = { outcome: '400 DPOP_6012', accepted: false, nonce: undefined }

test('counts by server and by kind', () => {
  const tally = createTally()
  tally.record({ server: 'one', kind: 'a', answer: accepted, expected: ['200'] })
  tally.record({ server: 'one', kind: 'b', answer: refused, expected: ['400 DPOP_6012'], replay: true })
  tally.record({ server: 'two', kind: 'b', answer: refused, expected: ['400 DPOP_6012'], replay: true })
  const none = { acceptedReplays: 0, unexpected: 0 }
  expect(tally.servers.get('one')).toEqual({ requests: 2, accepted: 1, refused: 1, ...none })
  expect(tally.servers.get('two')).toEqual({ requests: 1, accepted: 0, refused: 1, ...none })
  expect(tally.kinds.get('b')).toEqual({ requests: 2, accepted: 0, refused: 2, ...none })
  expect(tally.examples).toEqual([])
})

test('an accepted replay is unexpected, too', () => {
  const tally = createTally()
  tally.record({ server: 'one', kind: 'a', answer: accepted, expected: ['400 DPOP_6012'], replay: true })
  expect(tally.servers.get('one')).toMatchObject({ acceptedReplays: 1, unexpected: 1 })
  expect(tally.examples).toEqual(['one, a: got 200, want 400 DPOP_6012'])
})

test('a refusal for another reason is unexpected, and no accepted replay', () => {
  const tally = createTally()
  const answer = { ...refused, outcome: '503 SRV_5001' }
  tally.record({ server: 'one', kind: 'a', answer, expected: ['400 DPOP_6012', '401 DPOP_6013'], replay: true })
  expect(tally.servers.get('one')).toMatchObject({ acceptedReplays: 0, unexpected: 1 })
  expect(tally.examples).toEqual(['one, a: got 503 SRV_5001, want 400 DPOP_6012 or 401 DPOP_6013'])
})

test('keeps the first examples only', () => {
  const tally = createTally()
  for (let i = 0; i < 100; i++) tally.record({ server: 'one', kind: `${i}`, answer: refused, expected: ['200'] })
  expect(tally.examples).toHaveLength(20)
  expect(tally.servers.get('one')?.unexpected).toBe(100)
})
