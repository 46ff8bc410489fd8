import { Readable } from 'node:stream'

import { listenToFeed } from '@acme/sample-api'
import type { Said } from '@acme/sample-api'

/** What waits for a subscriber that does not read, before it misses what is said. */
const MOST = 100

/** What is said from now on, for one subscription, which ends it by `return()`. */
export function whatIsSaid(): AsyncIterableIterator<{ readonly said: Said }> {
  const waiting = new Readable({ objectMode: true, read: () => undefined })
  const leave = listenToFeed((said) => {
    if (waiting.readableLength < MOST) waiting.push({ said })
  })
  const iterator: AsyncIterator<{ said: Said }> = waiting[Symbol.asyncIterator]()
  return {
    next: () => iterator.next(),
    // At once: that of a stream, as of a generator, would wait for what is said next.
    async return() {
      leave()
      waiting.push(null)
      return { done: true, value: undefined }
    },
    [Symbol.asyncIterator]() {
      return this
    },
  }
}
