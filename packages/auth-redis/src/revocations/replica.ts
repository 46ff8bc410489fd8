import type { Epochs, RevokedTokens } from '@acme/auth-core'

import { entryOf, parseEntry } from './entry.js'
import type { Page, Position, RevocationLog } from './log.js'
import { createWatch } from './watch.js'

/** What a replica holds of the log. */
export interface Replica {
  /** Reads what is new. Where Redis may have lost something, reads all, and writes back what is missing there. */
  sync(): Promise<void>
  /**
   * @throws {TypeError} when it does not say whose tokens
   * @throws {Error} when Redis may not have it. It holds here all the same, and is written by the next `sync`
   */
  revoke(tokens: RevokedTokens, before: number): Promise<void>
}

/** What a replica is made of. Durations are seconds. */
export interface ReplicaParts {
  readonly log: RevocationLog
  readonly epochs: Epochs
  readonly retention: number
  readonly maxEntries: number
  readonly now: () => number
  readonly tell: {
    revoked(tokens: readonly RevokedTokens[]): void
    restored(count: number): void
    rejected(detail: string): void
  }
}

const START: Position = { lineage: '', sequence: 0 }
const BATCH = 100
// Of a Redis that forgets faster than it can be read.
const MOST_RESTARTS = 10

export function createReplica({ log, epochs, retention, maxEntries, now, tell }: ReplicaParts): Replica {
  const watch = createWatch({ epochs, maxEntries, now })
  let position = START
  // How often all of it had to be compared, and how often it was.
  let wanted = 1
  let compared = 0

  /** @param stored - gets what Redis has */
  function applyAll(rows: Page['rows'], stored: Map<string, number>): void {
    const changed: RevokedTokens[] = []
    let malformed = 0
    try {
      for (const { text, before } of rows) {
        const entry = parseEntry(text, before)
        const result = entry === undefined ? 'malformed' : watch.add(entry)
        if (result === 'malformed') malformed += 1
        else stored.set(result.text, Math.max(result.before, stored.get(result.text) ?? -1))
        if (result !== 'malformed' && result.isNew) changed.push(result.tokens)
      }
    } finally {
      if (changed.length > 0) tell.revoked(changed)
      if (malformed > 0) tell.rejected(`${malformed} entries in Redis are no revocations`)
    }
  }

  /** @param stored - what Redis has */
  async function writeBack(stored: ReadonlyMap<string, number>): Promise<void> {
    const oldest = now() - retention
    const lost = watch.entries().filter(({ text, before }) => before >= oldest && (stored.get(text) ?? -1) < before)
    let restored = 0
    let isFull = false
    for (let start = 0; start < lost.length && !isFull; start += BATCH) {
      const { count, hasRoom } = await log.write(lost.slice(start, start + BATCH))
      restored += count
      isFull = !hasRoom
    }
    if (restored > 0) tell.restored(restored)
    if (isFull) tell.rejected(`Redis has no room for all that it has lost: there are ${maxEntries} revocations`)
  }

  return {
    async sync() {
      watch.advance()
      let goal = wanted
      let at = compared < goal ? START : position
      let stored = new Map<string, number>()
      for (let restarts = 0, isLast = false; !isLast;) {
        const page = await log.read(at)
        if (page.lineage !== at.lineage || page.latest < at.sequence) {
          // Another Redis, or one that was emptied, or that came back with less.
          restarts += 1
          if (restarts > MOST_RESTARTS) throw new Error('Redis is another one each time that it is asked')
          wanted += 1
          goal = wanted
          at = { lineage: page.lineage, sequence: 0 }
          stored = new Map()
          continue
        }
        applyAll(page.rows, stored)
        at = page.next
        isLast = page.isLast
      }
      position = at
      if (compared >= goal) return
      await writeBack(stored)
      compared = goal
    },
    async revoke(tokens, before) {
      // What is too long must not hold here alone; all else is checked by the epochs.
      const entry = entryOf({ ...tokens }, before)
      if (epochs.add(tokens, before)) tell.revoked([tokens])
      let hasRoom: boolean
      try {
        hasRoom = (await log.write([entry])).hasRoom
      } catch (error) {
        wanted += 1
        throw error
      }
      if (!hasRoom) throw new Error(`Redis has no room: there are ${maxEntries} revocations`)
    },
  }
}
