import { describe, expect, it } from 'vitest'
import { createTokenBucket } from '../../src/issuer/token-bucket.js'
import { createClock } from '../support.js'

/** How often one is taken, of five tries, after each pause. */
function taken(interval: number, pauses: readonly number[]): number[] {
  const clock = createClock()
  const bucket = createTokenBucket(3, interval, clock.now)
  return pauses.map((pause) => {
    clock.advance(pause)
    return Array.from({ length: 5 }, () => bucket.take()).filter(Boolean).length
  })
}

describe('a token bucket', () => {
  it.each([
    ['a burst, then one per interval', [0, 29, 1, 30, 30], [3, 0, 1, 1, 1]],
    ['a burst again after so long', [0, 90, 1000, 60], [3, 3, 3, 2]],
    ['and no more for having waited', [100_000, 0], [3, 0]],
    ['a clock that is set back does not keep it empty', [0, -86_400, 30, 30], [3, 0, 1, 1]],
  ])('%s', (_, pauses, counts) => {
    expect(taken(30, pauses)).toEqual(counts)
  })

  it('without an interval always has one', () => {
    expect(taken(0, [0, 0, -5])).toEqual([5, 5, 5])
  })
})
