import { describe, expect, test } from 'vitest'

import { collections, failures, judgeMemory, rssAt, steadyFrom } from '../../src/soak/judge.js'
import type { Sample, ServerRecord } from '../../src/soak/judge.js'

const MEBIBYTE = 2 ** 20
const TEN_MINUTES = 600

/** A sample every five seconds, with those after a collection. MiB at each moment. */
function series(seconds: number, rss: (at: number) => number, heap: (at: number) => number = () => 30): Sample[] {
  const usual = Array.from({ length: seconds / 5 }, (_, index) => ({ at: index * 5, collected: false }))
  const collecting = collections(seconds).map((at) => ({ at, collected: true }))
  return [...usual, ...collecting]
    .toSorted((a, b) => a.at - b.at)
    .map(({ at, collected }) => {
      const heapUsed = (collected ? heap(at) : heap(at) + 40 * ((at % 15) / 15)) * MEBIBYTE
      return { at, collected, rss: rss(at) * MEBIBYTE, heapUsed, arrayBuffers: 0, cpu: 0 }
    })
}

function judge(samples: readonly Sample[], seconds = TEN_MINUTES): string {
  return judgeMemory(samples, seconds).verdict
}

describe('memory', () => {
  test('is flat when it does not change', () => {
    expect(
      judgeMemory(
        series(TEN_MINUTES, () => 120),
        TEN_MINUTES,
      ),
    ).toEqual({
      verdict: 'flat',
      rssGrowth: 0,
      heapGrowth: 0,
    })
  })

  test('may grow while the replay store fills', () => {
    expect(judge(series(TEN_MINUTES, (at) => 100 + Math.min(at, 335)))).toBe('flat')
  })

  test('may go up and down', () => {
    expect(judge(series(TEN_MINUTES, (at) => (at % 10 === 0 ? 120 : 160)))).toBe('flat')
  })

  test('may peak once', () => {
    expect(judge(series(TEN_MINUTES, (at) => (at === 550 ? 900 : 120)))).toBe('flat')
  })

  test('may shrink', () => {
    expect(judge(series(TEN_MINUTES, (at) => 500 - at / 2))).toBe('flat')
  })

  test.each([
    ['a quarter of a MiB a second', (at: number) => 100 + at / 4],
    ['at once, after the middle of the steady time', (at: number) => (at > 480 ? 125 : 100)],
    ['by more than a tenth of much', (at: number) => 1000 + 2 * at],
  ])('grows: RSS, %s', (_, rss) => {
    expect(judge(series(TEN_MINUTES, rss))).toBe('growing')
  })

  test('grows when the heap does, although RSS has room for it', () => {
    const samples = series(
      TEN_MINUTES,
      () => 200,
      (at) => 30 + at / 40,
    )
    const { verdict, heapGrowth } = judgeMemory(samples, TEN_MINUTES)
    expect(verdict).toBe('growing')
    expect(heapGrowth / MEBIBYTE).toBeCloseTo(255 / 40)
  })

  test('has its limits: 20 MiB or a tenth', () => {
    const step = (low: number, high: number): Sample[] => series(TEN_MINUTES, (at) => (at < 472.5 ? low : high))
    expect(judge(step(100, 120))).toBe('flat')
    expect(judge(step(100, 120.1))).toBe('growing')
    expect(judge(step(400, 440))).toBe('flat')
    expect(judge(step(400, 440.1))).toBe('growing')
  })

  test('is not flat when it was not measured', () => {
    expect(judge([])).toBe('growing')
    const first = series(TEN_MINUTES, () => 100).filter(({ at }) => at < 400)
    expect(judge(first)).toBe('growing')
    const uncollected = series(TEN_MINUTES, () => 100).filter(({ collected }) => !collected)
    expect(judge(uncollected)).toBe('growing')
  })

  test('is not judged in a run in which the store never stops filling', () => {
    expect(
      judge(
        series(60, (at) => 100 + at),
        60,
      ),
    ).toBe('not judged')
    expect(
      judgeMemory(
        series(60, (at) => 100 + at),
        60,
      ).rssGrowth,
    ).toBeGreaterThan(20 * MEBIBYTE)
  })

  test('should be steady after the store has filled, or after the warm-up', () => {
    expect(steadyFrom(600)).toBe(345)
    expect(steadyFrom(3600)).toBe(1080)
    expect(steadyFrom(60)).toBe(18)
    expect(collections(600)).toEqual([345, 472.5, 600])
  })

  test('is shown as of the last sample up to a moment', () => {
    const samples = series(100, (at) => at)
    expect(rssAt(samples, 0.5, 100)).toBe(50 * MEBIBYTE)
    expect(rssAt(samples, 1, 100)).toBe(100 * MEBIBYTE)
    expect(rssAt([], 1, 100)).toBeNaN()
  })
})

describe('a soak', () => {
  const good: ServerRecord = {
    name: 'one',
    counts: { requests: 10, accepted: 6, refused: 4, acceptedReplays: 0, unexpected: 0 },
    memory: { verdict: 'flat', rssGrowth: 0, heapGrowth: 0 },
  }
  const withCounts = (counts: Partial<ServerRecord['counts']>): ServerRecord => ({
    ...good,
    counts: { ...good.counts, ...counts },
  })

  test('is passed when nothing is wrong', () => {
    expect(failures([good, good])).toEqual([])
  })

  test.each([
    ['an accepted replay', withCounts({ acceptedReplays: 1 }), 'one: 1 accepted replays'],
    ['an unexpected answer', withCounts({ unexpected: 1 }), 'one: 1 unexpected answers'],
    ['no request at all', withCounts({ requests: 0 }), 'one: no request'],
    ['growth', { ...good, memory: { ...good.memory, verdict: 'growing' as const } }, 'one: memory grows'],
  ])('fails for %s', (_, record, failure) => {
    expect(failures([good, record])).toEqual([failure])
  })
})
