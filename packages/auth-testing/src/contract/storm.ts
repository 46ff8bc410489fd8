import { deepStrictEqual, ok } from 'node:assert/strict'
import { setTimeout } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

import { accepted, expectedAnswer, seenAnswer } from './expectations.js'
import type { Expected } from './expectations.js'
import { openRaw } from './raw-http.js'
import type { RawRequest } from './raw-http.js'
import type { ProtectedApi } from './stage.js'

/** How many requests of a storm are under way at a time. */
export const CONNECTIONS = 50

/**
 * Sends a request with each of these tokens, or these requests as they are, over a few connections that are kept alive.
 * Each must be answered in this way, and no other request may have to wait for a crowd of them.
 */
export async function storm(api: ProtectedApi, sent: Iterable<string | RawRequest>, expected: Expected): Promise<void> {
  const remaining = sent[Symbol.iterator]()
  const wanted = expectedAnswer(expected)
  const progress = { answered: 0 }
  async function client(): Promise<void> {
    const connection = openRaw(api.port)
    try {
      for (let next = remaining.next(); next.done !== true; next = remaining.next()) {
        const request = typeof next.value === 'string' ? api.request(next.value) : next.value
        deepStrictEqual(seenAnswer(await connection.send(request)), wanted)
        progress.answered += 1
      }
    } finally {
      connection.close()
    }
  }
  const watch = await openWatch(api)
  try {
    const clients = Promise.all(Array.from({ length: CONNECTIONS }, client))
    await Promise.all([clients, watch.until(clients, progress)])
  } finally {
    watch.close()
  }
}

const WATCH_PAUSE = 50 // milliseconds
// Those that were under way already, and a few turns more. Counted and not timed: a busy machine is slow for all.
const MOST_BEFORE = 5 * CONNECTIONS

interface Watch {
  /** Asks for what needs no token until the work is done. @throws when too many of the others go first */
  until(work: Promise<unknown>, progress: { readonly answered: number }): Promise<void>
  close(): void
}

/** Opens its connection before the storm: Node accepts one per turn of the loop, and those of the storm queue up. */
async function openWatch(api: ProtectedApi): Promise<Watch> {
  const connection = openRaw(api.port)
  const wanted = expectedAnswer(accepted({ sub: null }))
  async function ask(): Promise<void> {
    deepStrictEqual(seenAnswer(await connection.send(api.request(undefined, '/optional'))), wanted)
  }
  await ask()
  return {
    async until(work, progress) {
      const over = work.then(
        () => true,
        () => true,
      )
      do {
        const before = progress.answered
        await ask()
        const first = progress.answered - before
        ok(first < MOST_BEFORE, `another request had to wait for ${first} of the storm`)
      } while (!(await Promise.race([over, setTimeout(WATCH_PAUSE, false)])))
    },
    close: () => connection.close(),
  }
}

/** By how many bytes the heap is larger after some work, garbage apart. */
export async function heapGrowth(work: () => Promise<void>): Promise<number> {
  const before = liveBytes()
  await work()
  return liveBytes() - before
}

function liveBytes(): number {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void // that is what the flag exposes
  collect()
  return process.memoryUsage().heapUsed
}
