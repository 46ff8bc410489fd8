import { evaluatorOf } from '../evaluate.js'
import { createPending } from '../pending.js'
import { within } from '../within.js'
import type { Entry } from './entry.js'
import { READ, WRITE } from './scripts.js'

/** How far the log was read. */
export interface Position {
  /** Of this start of Redis: numbers of another mean nothing. */
  readonly lineage: string
  readonly sequence: number
}

/** A part of the log. */
export interface Page {
  readonly lineage: string
  /** The number of the latest change, read or not. */
  readonly latest: number
  /** As they are stored: anything. */
  readonly rows: readonly { readonly text: unknown; readonly before: unknown }[]
  /** Where the next part begins. */
  readonly next: Position
  readonly isLast: boolean
}

/** The log of revocations, in Redis. */
export interface RevocationLog {
  read(position: Position): Promise<Page>
  write(entries: readonly Entry[]): Promise<Written>
}

/** What came of a write. */
export interface Written {
  /** How many of the entries Redis did not have. */
  readonly count: number
  /** Whether all of them have found room. */
  readonly hasRoom: boolean
}

/** What the log needs to know. Durations are seconds. */
export interface LogSettings {
  readonly prefix: string
  readonly retention: number
  readonly maxEntries: number
  readonly timeout: number
  readonly now: () => number
}

const PAGE = 500
// A server that hangs: one look at a time, of which the client holds each until it is answered, and what is being revoked.
const MOST_READS = 10
const MOST_WRITES = 1000

/** In one slot of a Cluster, by their hash tag. */
export function keysOf(prefix: string): { keys: string[]; channel: string } {
  const key = (name: string): string => `{${prefix}}${name}`
  return { keys: [key('epochs'), key('log'), key('state')], channel: key('news') }
}

/** @throws {TypeError} when it is no client of either library */
export function createLog(client: unknown, settings: LogSettings): RevocationLog {
  const { prefix, retention, maxEntries, timeout, now } = settings
  const evaluate = evaluatorOf(client, ['duplicate'])
  const { keys, channel } = keysOf(prefix)
  const [reads, writes] = [createPending(MOST_READS), createPending(MOST_WRITES)]

  async function run(pending: typeof reads, script: string, values: readonly string[]): Promise<unknown> {
    pending.enter('')
    const begin = [String(now()), String(retention), crypto.randomUUID()]
    try {
      return await evaluate(script, keys, [...begin, ...values])
    } finally {
      pending.leave('')
    }
  }

  return {
    async read({ lineage, sequence }) {
      return pageOf(await within(timeout, run(reads, READ, [lineage, String(sequence), String(PAGE)])))
    },
    async write(entries) {
      const values = entries.flatMap(({ text, before }) => [text, String(before)])
      return writtenOf(await within(timeout, run(writes, WRITE, [String(maxEntries), channel, ...values])))
    },
  }
}

function pageOf(reply: unknown): Page {
  const [lineage, latest, ...cells] = listOf(reply)
  if (typeof lineage !== 'string' || cells.length % 3 !== 0) throw new Error('Redis did not answer with a log')
  const end = numberOf(latest)
  const count = cells.length / 3
  const isLast = count < PAGE
  return {
    lineage,
    latest: end,
    rows: Array.from({ length: count }, (_, row) => ({ text: cells[3 * row], before: cells[3 * row + 2] })),
    next: { lineage, sequence: isLast ? end : numberOf(cells.at(-2)) },
    isLast,
  }
}

function listOf(reply: unknown): readonly unknown[] {
  return Array.isArray(reply) ? (reply as unknown[]) : [] // whatever is in it
}

/** Beyond 2^53 two changes could have one number, and one of them would never be read. */
function numberOf(text: unknown): number {
  const number = typeof text === 'string' ? Number(text) : NaN
  if (!(number >= 0 && number < Number.MAX_SAFE_INTEGER)) throw new Error('the log in Redis has lost count')
  return number
}

function writtenOf(reply: unknown): Written {
  const [count, room] = listOf(reply)
  // Anything else is a fault: what was not written must not pass for revoked.
  if (typeof count !== 'number' || (room !== 0 && room !== 1))
    throw new Error('Redis did not say whether it has written')
  return { count, hasRoom: room === 1 }
}
