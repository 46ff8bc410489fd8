import { deepStrictEqual } from 'node:assert/strict'

import { answerOf, answersOf, countAnswers, newKey, newKeys, newSender, timeOf } from './case.js'
import type { ReplayStoreCase } from './case.js'

// Of the last of 43 characters only four bits count; of these letters each stands for others.
const LAST = 'AEIMQUYcgkosw048'

/** One key, one reservation. */
export const keyCases: readonly ReplayStoreCase[] = [
  {
    name: 'reserves a key once',
    async run(fixture) {
      const { store } = fixture
      const [key, until] = [newKey(), timeOf(fixture) + 60]
      const answers = [await answerOf(store, key, until), await answerOf(store, key, until)]
      deepStrictEqual([...answers, await answerOf(store, key, until)], ['reserved', 'seen', 'seen'])
    },
  },
  {
    name: 'reserves a key once of two hundred calls at the same time',
    async run(fixture) {
      const { store } = fixture
      const [key, until] = [newKey(), timeOf(fixture) + 60]
      const answers = await Promise.all(Array.from({ length: 200 }, (_, i) => answerOf(store, key, until + i / 10)))
      deepStrictEqual(countAnswers(answers), { reserved: 1, seen: 199 })
    },
  },
  {
    name: 'reserves a thousand keys at the same time, each of them once',
    async run(fixture) {
      const [keys, until] = [newKeys(1000), timeOf(fixture) + 60]
      const answers = await answersOf(fixture.store, [...keys, ...keys], until)
      deepStrictEqual(countAnswers(answers), { reserved: 1000, seen: 1000 })
      deepStrictEqual(countAnswers(await answersOf(fixture.store, keys, until)), { seen: 1000 })
    },
  },
  {
    name: 'takes keys for different that differ in one character, or in its case',
    async run(fixture) {
      const keys = neighbours(newKey())
      const answers = await answersOf(fixture.store, keys, timeOf(fixture) + 60)
      deepStrictEqual(countAnswers(answers), { reserved: keys.length })
    },
  },
  {
    name: 'takes a key for the same whoever comes with it',
    async run(fixture) {
      const [key, until, sender] = [newKey(), timeOf(fixture) + 60, newSender()]
      const others = [
        { ...newSender(), owner: sender.owner },
        { ...newSender(), thumbprint: sender.thumbprint },
      ]
      const answers = []
      for (const one of [sender, ...others, newSender()]) answers.push(await answerOf(fixture.store, key, until, one))
      deepStrictEqual(answers, ['reserved', 'seen', 'seen', 'seen'])
    },
  },
  {
    name: 'takes keys for different that come from one sender',
    async run(fixture) {
      const [sender, until] = [newSender(), timeOf(fixture) + 60]
      const answers = []
      for (const key of newKeys(20)) answers.push(await answerOf(fixture.store, key, until, sender))
      deepStrictEqual(countAnswers(answers), { reserved: 20 })
    },
  },
]

/** A key, and others that differ from it in one place. */
function neighbours(key: string): string[] {
  const others = [...key].map((character, index) => {
    const candidates = index === key.length - 1 ? LAST : `${flipCase(character)}A_`
    const other = [...candidates].find((candidate) => candidate !== character) ?? ''
    return key.slice(0, index) + other + key.slice(index + 1)
  })
  return [key, ...others]
}

function flipCase(character: string): string {
  return character === character.toLowerCase() ? character.toUpperCase() : character.toLowerCase()
}

/** What stores on the same data know of each other. */
export const sharedCases: readonly ReplayStoreCase[] = [
  {
    name: 'sees what another store reserved',
    async run(fixture) {
      const { store } = fixture
      const [key, other, until, second] = [newKey(), newKey(), timeOf(fixture) + 60, secondOf(fixture)]
      deepStrictEqual([await answerOf(store, key, until), await answerOf(second, key, until)], ['reserved', 'seen'])
      deepStrictEqual([await answerOf(second, other, until), await answerOf(store, other, until)], ['reserved', 'seen'])
    },
  },
  {
    name: 'reserves five hundred keys once each, when three stores are asked at the same time',
    async run(fixture) {
      const [keys, until] = [newKeys(500), timeOf(fixture) + 60]
      const stores = [fixture.store, secondOf(fixture), secondOf(fixture)]
      const answers = await Promise.all(
        keys.flatMap((key, index) =>
          // Each key reaches another store first.
          [0, 1, 2].map((turn) => answerOf(stores[(index + turn) % 3] ?? fixture.store, key, until)),
        ),
      )
      deepStrictEqual(countAnswers(answers), { reserved: 500, seen: 1000 })
    },
  },
]

function secondOf({ another }: Parameters<ReplayStoreCase['run']>[0]): ReturnType<NonNullable<typeof another>> {
  if (another === undefined) throw new Error('the store is not shared')
  return another()
}
