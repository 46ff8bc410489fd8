import { describe, expect, it } from 'vitest'
import { ageAt, endFreshness, freshnessOf } from '../../src/issuer/key-freshness.js'

const POLICY = { maxAge: 1000, refreshAhead: 100, staleIfError: 500 }

describe('freshness', () => {
  it.each([
    [POLICY, undefined, [900, 1000, 1500]],
    [POLICY, 200, [100, 200, 700]],
    [POLICY, 5000, [900, 1000, 1500]],
    [POLICY, 0, [30, 60, 560]],
    [{ ...POLICY, maxAge: 10 }, 0, [5, 10, 510]],
    [{ ...POLICY, maxAge: 0 }, undefined, [0, 0, 500]],
    [{ ...POLICY, refreshAhead: 0, staleIfError: 0 }, undefined, [1000, 1000, 1000]],
  ])('of %j, with max-age %s', (policy, maxAge, [refreshFrom, freshUntil, usableUntil]) => {
    expect(freshnessOf(0, maxAge, policy)).toEqual({ fetchedAt: 0, refreshFrom, freshUntil, usableUntil })
  })

  it.each([
    [0, 'fresh'],
    [899, 'fresh'],
    [900, 'due'],
    [999, 'due'],
    [1000, 'stale'],
    [1499, 'stale'],
    [1500, 'expired'],
    // A clock that was set back: nobody knows how old they are.
    [-1, 'due'],
  ])('at %d is %s', (now, age) => {
    expect(ageAt(freshnessOf(0, undefined, POLICY), now)).toBe(age)
  })

  it.each([
    [10, 10, 510],
    [2000, 1000, 1500],
  ])('that is ended at %d makes nothing any younger', (now, freshUntil, usableUntil) => {
    const ended = endFreshness(freshnessOf(0, undefined, POLICY), now, POLICY)
    expect([ended.freshUntil, ended.usableUntil]).toEqual([freshUntil, usableUntil])
    expect(endFreshness(ended, now + 5, POLICY)).toEqual(ended)
  })
})
