import { describe, expect, it } from 'vitest'
import { createDoorkeeper } from '../../src/access-token/doorkeeper.js'

type Doorkeeper = ReturnType<typeof createDoorkeeper>

const ENTRIES = 8
// 2^32 divided by the golden ratio sends the multiples of a Fibonacci number to one set.
const FIBONACCI = 1597
const [A = 0, B = 0, C = 0, D = 0, E = 0] = [1, 2, 3, 4, 5].map((factor) => factor * FIBONACCI)

/** Others than any fingerprint of a test, all new. */
function crowd(cameBefore: Doorkeeper, size: number): void {
  for (let other = 0; other < size; other++) expect(cameBefore(1_000_000 + other)).toBe(false)
}

function answers(cameBefore: Doorkeeper, fingerprints: readonly number[]): boolean[] {
  return fingerprints.map((fingerprint) => cameBefore(fingerprint))
}

describe('a fingerprint', () => {
  it.each([0, 1, 2, 0x3fffffff])('%s is new once', (fingerprint) => {
    expect(answers(createDoorkeeper(ENTRIES), [fingerprint, fingerprint, fingerprint])).toEqual([false, true, true])
  })

  it.each([0, 1, 2, 3, 4, 5, 6, 7, 8])('is known while fewer others came than there are entries, %s before it', (n) => {
    const cameBefore = createDoorkeeper(ENTRIES)
    for (let before = 0; before < n; before++) cameBefore(2_000_000 + before)
    expect(cameBefore(A)).toBe(false)
    crowd(cameBefore, ENTRIES - 1)
    expect(cameBefore(A)).toBe(true)
  })

  it.each([0, 1, 2, 3, 4, 5, 6, 7, 8])('is new when more than twice as many came, %s before it', (n) => {
    const cameBefore = createDoorkeeper(ENTRIES)
    for (let before = 0; before < n; before++) cameBefore(2_000_000 + before)
    expect(cameBefore(A)).toBe(false)
    crowd(cameBefore, 2 * ENTRIES + 1)
    expect(cameBefore(A)).toBe(false)
  })
})

describe('fingerprints that share a set', () => {
  it('are four, and the first is evicted by a fifth', () => {
    expect(answers(createDoorkeeper(ENTRIES), [A, B, C, D, A, B, C, D])).toEqual([
      ...Array<boolean>(4).fill(false),
      ...Array<boolean>(4).fill(true),
    ])
    expect(answers(createDoorkeeper(ENTRIES), [A, B, C, D, E, A])).toEqual(Array<boolean>(6).fill(false))
  })

  it('are evicted in the order in which they came last', () => {
    const cameBefore = createDoorkeeper(2 * ENTRIES)
    expect(answers(cameBefore, [A, B, C, D, A, E])).toEqual([false, false, false, false, true, false])
    expect(answers(cameBefore, [A, E, B])).toEqual([true, true, false])
  })

  it('keep their times when others of the set come', () => {
    const cameBefore = createDoorkeeper(ENTRIES)
    crowd(cameBefore, 4 * ENTRIES)
    expect(answers(cameBefore, [A, B, C, A])).toEqual([false, false, false, true])
  })

  it('do not lend their times to others of the set', () => {
    const cameBefore = createDoorkeeper(ENTRIES)
    cameBefore(A)
    crowd(cameBefore, 2 * ENTRIES + 1)
    expect(answers(cameBefore, [B, A])).toEqual([false, false])
  })
})
