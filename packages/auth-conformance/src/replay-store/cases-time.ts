import { deepStrictEqual } from 'node:assert/strict'

import { answerOf, answersOf, countAnswers, keptLonger, newKey, timeOf, watchExpiry } from './case.js'
import type { ReplayStoreCase } from './case.js'

// Seconds. Fractions of a second and of a millisecond, and what lies to both sides of a full ten seconds.
const LIFETIMES = [0.5, 0.75, 1, 1.0054, 1.3339, 1.999, 2.5]

/** A key is kept until its time, that moment included, and no longer. */
export const timeCases: readonly ReplayStoreCase[] = [
  {
    name: 'keeps a key until its time and not longer',
    async run(fixture, implementation) {
      const slack = keptLonger(fixture, implementation)
      const start = timeOf(fixture)
      const entries = LIFETIMES.map((lifetime) => ({ key: newKey(), until: start + lifetime, slack }))
      for (const { key, until } of entries) deepStrictEqual(await answerOf(fixture.store, key, until), 'reserved')
      const problems = []
      // One after the other where they move the clock; an entry that waits for its turn must not be touched.
      if (fixture.clock !== undefined) for (const entry of entries) problems.push(await watchExpiry(fixture, entry))
      else problems.push(...(await Promise.all(entries.map((entry) => watchExpiry(fixture, entry)))))
      deepStrictEqual(
        problems.filter((problem) => problem !== undefined),
        [],
      )
    },
  },
  {
    name: 'does not keep a key longer because it was seen',
    async run(fixture, implementation) {
      const [key, until] = [newKey(), timeOf(fixture) + 0.5]
      const answers = [await answerOf(fixture.store, key, until), await answerOf(fixture.store, key, until + 100)]
      deepStrictEqual(answers, ['reserved', 'seen'])
      const slack = keptLonger(fixture, implementation)
      deepStrictEqual(await watchExpiry(fixture, { key, until, slack }), undefined)
    },
  },
  {
    name: 'does not keep a key shorter because it was seen',
    async run(fixture, implementation) {
      const start = timeOf(fixture)
      const [key, until] = [newKey(), start + 1]
      const answers = [await answerOf(fixture.store, key, until), await answerOf(fixture.store, key, start + 0.1)]
      deepStrictEqual(answers, ['reserved', 'seen'])
      const slack = keptLonger(fixture, implementation)
      deepStrictEqual(await watchExpiry(fixture, { key, until, slack }), undefined)
    },
  },
  {
    name: 'keeps a key that is reserved anew until its new time',
    async run(fixture, implementation) {
      const slack = keptLonger(fixture, implementation)
      const [key, until] = [newKey(), timeOf(fixture) + 0.3]
      deepStrictEqual(await answerOf(fixture.store, key, until), 'reserved')
      // Which reserves it for a hundred seconds more.
      deepStrictEqual(await watchExpiry(fixture, { key, until, slack }), undefined)
      deepStrictEqual(await answerOf(fixture.store, key, until), 'seen')
      fixture.clock?.set(until + 99)
      deepStrictEqual(await answerOf(fixture.store, key, until), 'seen')
    },
  },
  {
    name: 'keeps every one of a thousand keys while others expire',
    async run(fixture) {
      const start = timeOf(fixture)
      const entries = Array.from({ length: 1000 }, (_, i) => ({ key: newKey(), until: start + 0.2 + (i % 100) / 50 }))
      const reserved = await Promise.all(entries.map(({ key, until }) => answerOf(fixture.store, key, until)))
      deepStrictEqual(countAnswers(reserved), { reserved: 1000 })
      for (let kept = entries; kept.length > 0;) {
        fixture.clock?.set(timeOf(fixture) + 0.25)
        // Asked about before the time is read again: what is free by then may have been free when it was asked.
        const answers = await answersOf(
          fixture.store,
          kept.map(({ key }) => key),
          start + 100,
        )
        const now = timeOf(fixture)
        const lost = kept.filter(({ until }, index) => until >= now && answers[index] !== 'seen')
        deepStrictEqual(lost, [], 'forgotten early')
        kept = kept.filter(({ until }) => until >= now)
      }
    },
  },
]
