import { deepStrictEqual, ok } from 'node:assert/strict'
import { setTimeout } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

import { accepted, expectedAnswer, seenAnswer } from './expectations.js'
import type { Expected } from './expectations.js'
import { openRaw } from './raw-http.js'
import type { RawRequest } from './raw-http.js'
import type { ProtectedApi } from './protected-api.js'

/** How many requests of a storm are under way at a time. */
export const CONNECTIONS = 50

/**
 * Sends a request with each of these tokens, or these requests as they are, over a few connections that are kept alive.
 * Each must be answered in this way, and the loop must not be held up meanwhile.
 */
export async function storm(api: ProtectedApi, sent: Iterable<string | RawRequest>, expected: Expected): Promise<void> {
  const remaining = sent[Symbol.iterator]()
  const wanted = expectedAnswer(expected)
  async function client(): Promise<void> {
    const connection = openRaw(api.port)
    try {
      for (let next = remaining.next(); next.done !== true; next = remaining.next()) {
        const request = typeof next.value === 'string' ? api.request(next.value) : next.value
        deepStrictEqual(seenAnswer(await connection.send(request)), wanted)
      }
    } finally {
      connection.close()
    }
  }
  const watch = api.takesTurns ? await openWatch(api) : undefined
  try {
    const clients = Promise.all(Array.from({ length: CONNECTIONS }, client))
    await Promise.all([clients, watch?.until(clients)])
  } finally {
    watch?.close()
  }
}

const WATCH_PAUSE = 50 // milliseconds
// Milliseconds. Far more than it takes, so that only a loop that hangs is found out, and no machine that is busy.
const WATCH_LIMIT = 20_000

interface Watch {
  /** Asks for what needs no token until the work is done. @throws when that takes too long */
  until(work: Promise<unknown>): Promise<void>
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
    async until(work) {
      const over = work.then(
        () => true,
        () => true,
      )
      do {
        const before = performance.now()
        await ask()
        const wait = Math.round(performance.now() - before)
        ok(wait < WATCH_LIMIT, `another request had to wait for ${wait} ms`)
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
