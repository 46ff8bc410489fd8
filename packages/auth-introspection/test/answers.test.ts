import { describe, expect, it } from 'vitest'

import { createAnswers } from '../src/answers.js'
import { createFlights } from '../src/flights.js'

const NOW = 1_760_000_000
const BOUNDS = { entries: 100, bytes: 100_000, lifetime: 60 }

describe('remembered answers', () => {
  it('are bounded in entries: the least recently used goes first', () => {
    const answers = createAnswers(BOUNDS)
    for (let index = 0; index < 100; index++) answers.set(`${index}`, 'x', NOW + 60)
    expect(answers.get('0', NOW)).toBe('x')
    answers.set('one more', 'x', NOW + 60)
    expect([answers.get('0', NOW), answers.get('1', NOW), answers.get('2', NOW)]).toEqual(['x', undefined, 'x'])
  })

  it('are bounded in bytes, and none takes more than an eighth', () => {
    const answers = createAnswers(BOUNDS)
    const large = 'x'.repeat(6000)
    for (let index = 0; index < 50; index++) answers.set(`${index}`, large, NOW + 60)
    const kept = Array.from({ length: 50 }, (_, index) => answers.get(`${index}`, NOW)).filter(
      (one) => one !== undefined,
    )
    expect(kept).toHaveLength(8)
    answers.set('huge', 'x'.repeat(7000), NOW + 60)
    expect(answers.get('huge', NOW)).toBeUndefined()
    expect(answers.get('49', NOW)).toBe(large)
  })

  it('count once when they are replaced', () => {
    const answers = createAnswers(BOUNDS)
    answers.set('other', 'x', NOW + 60)
    for (let index = 0; index < 1000; index++) answers.set('same', 'x'.repeat(5000), NOW + 60)
    expect(answers.get('other', NOW)).toBe('x')
  })

  it.each([60, 61, -1])('are not used %i seconds later', (later) => {
    const answers = createAnswers(BOUNDS)
    answers.set('one', 'x', NOW + 60)
    expect(answers.get('one', NOW + later)).toBeUndefined()
  })
})

describe('questions that never end', () => {
  it('do not take room for ever, and are begun again', async () => {
    const flights = createFlights(1, 0)
    void flights.join('lost', () => new Promise(() => undefined))
    const started = performance.now()
    await expect.poll(() => performance.now() > started).toBe(true)
    await expect(flights.join('lost', async () => 'answer')).resolves.toBe('answer')
  })
})
