import { deepStrictEqual } from 'node:assert/strict'

import { eventually } from '../eventually.js'
import { answerOf, answersOf, countAnswers, eventuallyAnswers, newKey, newKeys } from './case.js'
import type { ReplayStoreCase } from './case.js'
import type { DisturbedReplayStoreFixture, TestedReplayStore } from './fixture.js'

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
