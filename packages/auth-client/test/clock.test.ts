import { describe, expect, it } from 'vitest'

import { createIssuerClock } from '../src/clock.js'

const NOW = 1_800_000_000

function offsetAfter(headers: Record<string, string>): number {
  const clock = createIssuerClock(() => NOW)
  clock.learn(new Response(null, { headers }))
  return clock.offset
}

const dated = (seconds: number): string => new Date((NOW + seconds) * 1000).toUTCString()

describe('the clock of an issuer', () => {
  it.each<[string, number, Record<string, string>]>([
    ['an hour ahead', 3600, { date: dated(3600) }],
    ['an hour behind', -3600, { date: dated(-3600) }],
    ['as good as ours', 0, { date: dated(4) }],
    ['an hour ahead, when a cache kept the answer', 3600, { date: dated(3540), age: '60' }],
    ['not told', 0, {}],
    ['garbage', 0, { date: 'tomorrow' }],
    ['a year ahead, which collects proofs for later', 0, { date: dated(31_536_000) }],
    ['two days behind', 0, { date: dated(-172_800) }],
  ])('is %s', (_, offset, headers) => {
    expect(offsetAfter(headers)).toBe(offset)
  })

  it('is learnt again', () => {
    const clock = createIssuerClock(() => NOW)
    for (const seconds of [3600, 0]) clock.learn(new Response(null, { headers: { date: dated(seconds) } }))
    expect(clock.offset).toBe(0)
  })
})
