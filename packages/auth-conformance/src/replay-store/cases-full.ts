import { deepStrictEqual, ok } from 'node:assert/strict'

import { eventually } from '../eventually.js'
import { answerOf, answersOf, countAnswers, eventuallyAnswers, newKey, newKeys, newSender, timeOf } from './case.js'
import type { ReplayStoreCase } from './case.js'
import type { ReplayStoreFixture, TestedReplayStore } from './fixture.js'

const MOST = 100_000
const BATCH = 50

/** Reserves keys until there is no room, in none of the parts that the store may have. */
async function fill(store: TestedReplayStore, untilOf: (index: number) => number): Promise<Map<string, number>> {
  const reserved = new Map<string, number>()
  while (reserved.size < MOST) {
    const batch = newKeys(BATCH).map((key, index) => ({ key, until: untilOf(index) }))
    const answers = await Promise.all(batch.map(({ key, until }) => answerOf(store, key, until)))
    for (const [index, { key, until }] of batch.entries()) if (answers[index] === 'reserved') reserved.set(key, until)
    if (!answers.includes('reserved')) return reserved
  }
  throw new Error(`${MOST} proofs did not fill it`)
}

/** The same until it is full for good: a server finds a little room when it tidies up, and it may fail for a while. */
async function fillUp(fixture: ReplayStoreFixture, until: number): Promise<string[]> {
  const kept: string[] = []
  const settled = fixture.clock === undefined ? 20 : 0
  for (let quiet = 0; quiet <= settled; quiet++) {
    if (quiet > 0) await new Promise((resolve) => setTimeout(resolve, 50))
    const more = await fill(fixture.store, () => until)
    if (more.size > 0) quiet = 0
    kept.push(...more.keys())
  }
  return kept
}

/** A store that has no room left refuses: forgetting a proof would let its replay through. */
export const fullCases: readonly ReplayStoreCase[] = [
  {
    name: 'throws when it is full, and forgets nothing for it',
    async run(fixture) {
      const { store } = fixture
      const until = timeOf(fixture) + 600
      const kept = await fillUp(fixture, until)
      const more = await answersOf(store, newKeys(200), until)
      ok((countAnswers(more)['error'] ?? 0) > 100, `full, and answered ${JSON.stringify(countAnswers(more))}`)
      // A store that is full may not be able to tell; what it must not do is to reserve once more.
      const again = countAnswers(await answersOf(store, kept, until))
      deepStrictEqual(again['reserved'], undefined)
    },
  },
  {
    name: 'has room again ten seconds after proofs expired, and knows the others',
    async run(fixture) {
      const { store, clock } = fixture
      const start = timeOf(fixture)
      const short = start + 3
      const kept = await fill(store, (index) => (index % 2 === 0 ? short : start + 600))
      const wait = Math.max(0, short - timeOf(fixture)) + 10
      clock?.set(timeOf(fixture) + wait)
      // Counted over all attempts: what finds room while the rest is still being tidied up has taken it.
      let reserved = 0
      await eventually(
        'room for fifty',
        async () => {
          reserved += countAnswers(await answersOf(store, newKeys(50), start + 600))['reserved'] ?? 0
          return reserved >= 50
        },
        clock === undefined ? 60 : 0,
      )
      for (const [key, until] of kept) {
        if (until !== short) await eventuallyAnswers('seen', () => answerOf(store, key, until), { seconds: 120 })
      }
    },
  },
]

/** One owner has as many keys as it likes: a store that counts by key gives it all of its room (RFC 9449 §11.1). */
export const quotaCases: readonly ReplayStoreCase[] = [
  {
    name: 'leaves room for others, however many keys one owner has',
    async run(fixture) {
      const { store } = fixture
      const [{ owner }, until] = [newSender(), timeOf(fixture) + 600]
      const ofOwner = (key: string): Promise<unknown> => answerOf(store, key, until, { ...newSender(), owner })
      const kept: string[] = []
      for (let answer: unknown = 'reserved'; answer === 'reserved' && kept.length < MOST;) {
        const key = newKey()
        answer = await ofOwner(key)
        if (answer === 'reserved') kept.push(key)
      }
      ok(kept.length > 0 && kept.length < MOST, `${kept.length} proofs of one owner`)
      deepStrictEqual(countAnswers(await answersOf(store, newKeys(50), until)), { reserved: 50 })
      // What is refused is a new proof; those that were used are still known, whoever brings them.
      const again = [await ofOwner(kept[0] ?? ''), await answerOf(store, kept.at(-1) ?? '', until)]
      deepStrictEqual(again, ['seen', 'seen'])
    },
  },
  {
    name: "gives an owner's room back when its proofs have expired",
    async run(fixture) {
      const { store, clock } = fixture
      const [sender, start] = [newSender(), timeOf(fixture)]
      let answer: unknown = 'reserved'
      for (let sent = 0; answer === 'reserved' && sent < MOST; sent++) {
        answer = await answerOf(store, newKey(), start + 3, sender)
      }
      clock?.set(start + 14)
      await eventually(
        'room again',
        async () => {
          return (await answerOf(store, newKey(), start + 600, sender)) === 'reserved'
        },
        clock === undefined ? 14 : 0,
      )
    },
  },
]
