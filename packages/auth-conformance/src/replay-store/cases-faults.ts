import { deepStrictEqual, ok } from 'node:assert/strict'

import { eventually } from '../eventually.js'
import { answerOf, answersOf, countAnswers, eventuallyAnswers, newKey, newKeys, newSender, timeOf } from './case.js'
import type { ReplayStoreCase } from './case.js'
import type { DisturbedReplayStoreFixture, ReplayStoreFixture, TestedReplayStore } from './fixture.js'

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

/** Milliseconds that a machine with much to do may take on top. */
const GRACE = 10_000

/** Asks for many keys. Rejects when the answers take longer than the store may take for each of them. */
async function answersInTime(store: TestedReplayStore, keys: readonly string[], timeout = 1): Promise<unknown[]> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_resolve, reject) => {
    const error = new Error(`no answer in time, with a time-out of ${timeout} s`)
    timer = setTimeout(() => reject(error), timeout * 1000 + GRACE)
  })
  try {
    return await Promise.race([late, answersOf(store, keys, Date.now() / 1000 + 600)])
  } finally {
    clearTimeout(timer)
  }
}

/** A store that cannot tell must say so, in time: it must not let proofs through, nor let requests hang. */
export const disturbedCases: readonly ReplayStoreCase<DisturbedReplayStoreFixture>[] = [
  {
    name: 'throws in time while its server is down, for known and new keys, and works again after',
    async run({ store, stop, start }, { timeout }) {
      const known = newKeys(5)
      deepStrictEqual(countAnswers(await answersInTime(store, known, timeout)), { reserved: 5 })
      await stop()
      const keys = [...known, ...newKeys(5)]
      deepStrictEqual(countAnswers(await answersInTime(store, keys, timeout)), { error: 10 })
      deepStrictEqual(countAnswers(await answersInTime(store, keys, timeout)), { error: 10 })
      await start()
      await eventuallyAnswers('reserved', () => answerOf(store, newKey(), Date.now() / 1000 + 600), { seconds: 120 })
      for (const key of known) {
        await eventuallyAnswers('seen', () => answerOf(store, key, Date.now() / 1000 + 600), { seconds: 120 })
      }
    },
  },
  {
    name: 'throws in time while its server does not answer, and takes no late answer for a pass',
    async run({ store, hold, release }, { timeout }) {
      const until = Date.now() / 1000 + 600
      deepStrictEqual(await answerOf(store, newKey(), until), 'reserved')
      await hold()
      const keys = newKeys(20)
      try {
        deepStrictEqual(countAnswers(await answersInTime(store, keys, timeout)), { error: 20 })
      } finally {
        await release()
      }
      await eventuallyAnswers('reserved', () => answerOf(store, newKey(), until), { seconds: 120 })
      for (const key of keys) {
        // Whether the server got to it or not: from here on it is reserved at most once.
        const answers = [await answerOf(store, key, until), await answerOf(store, key, until)]
        deepStrictEqual([['reserved', 'seen'].includes(String(answers[0])), answers[1]], [true, 'seen'])
      }
    },
  },
  {
    name: 'reserves no key twice while its server ends and starts again',
    async run({ store, stop, start }) {
      const keys = newKeys(40)
      const traffic = startTraffic(store, keys)
      try {
        await eventually('traffic', () => traffic.reserved.size === keys.length, 60)
        await stop()
        await start()
        const until = Date.now() / 1000 + 600
        await eventuallyAnswers('reserved', () => answerOf(store, newKey(), until), { seconds: 120 })
        const before = traffic.asked()
        await eventually('more traffic', () => traffic.asked() > before + 10 * keys.length, 60)
      } finally {
        await traffic.end()
      }
      deepStrictEqual(
        [...traffic.reserved].filter(([, times]) => times > 1),
        [],
      )
    },
  },
]

/** Twenty clients that go on asking for the same keys, two of them for each key. */
function startTraffic(
  store: TestedReplayStore,
  keys: readonly string[],
): { reserved: ReadonlyMap<string, number>; asked: () => number; end: () => Promise<void> } {
  const reserved = new Map<string, number>()
  const until = Date.now() / 1000 + 600
  const state = { asked: 0, over: false }

  async function client(own: readonly string[]): Promise<void> {
    while (!state.over) {
      for (const key of own) {
        if ((await answerOf(store, key, until)) === 'reserved') reserved.set(key, (reserved.get(key) ?? 0) + 1)
        state.asked += 1
      }
      // For stores that answer without ever giving way.
      await new Promise((resolve) => setImmediate(resolve))
    }
  }

  const clients = Array.from({ length: 20 }, (_, i) => client(keys.filter((_key, index) => index % 10 === i % 10)))
  return {
    reserved,
    asked: () => state.asked,
    async end() {
      state.over = true
      await Promise.all(clients)
    },
  }
}
