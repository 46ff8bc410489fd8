/** Which events came before. Replicas may share one, such as one on Redis (`SET id 1 NX EX seconds`). */
export interface SeenEvents {
  /** Remembers an event for so many seconds. @returns whether it was not known */
  add(id: string, seconds: number): boolean | Promise<boolean>
  /** Whether an event is known. Without it each replica carries an event out when it comes to it, which changes nothing. */
  has?(id: string): boolean | Promise<boolean>
}

/** Options of {@link memorySeen}. */
export interface MemorySeenOptions {
  /** The oldest go first. @defaultValue 100_000 */
  readonly maxEntries?: number | undefined
  /** Seconds since the epoch. */
  readonly now?: (() => number) | undefined
}

/**
 * Remembers events in the memory of this process.
 *
 * @throws {TypeError} when `maxEntries` is no whole number from 1 to 10,000,000
 * @example
 * ```ts
 * import { memorySeen } from '@acme/auth-revocation'
 *
 * const seen = memorySeen({ maxEntries: 10_000 })
 * if (!(await seen.add('event-1', 60)) || (await seen.add('event-1', 60))) throw new Error('not once')
 * ```
 */
export function memorySeen(options: MemorySeenOptions = {}): Required<SeenEvents> {
  const { maxEntries = 100_000, now = () => Date.now() / 1000 } = options
  if (!Number.isInteger(maxEntries) || maxEntries < 1 || maxEntries > 10_000_000) {
    throw new TypeError('memorySeen: maxEntries: want a whole number from 1 to 10,000,000')
  }
  const until = new Map<string, number>()

  function has(id: string): boolean {
    const end = until.get(id)
    return end !== undefined && end > now()
  }

  return {
    has,
    add(id, seconds) {
      const isNew = !has(id)
      until.delete(id)
      until.set(id, now() + seconds)
      for (const [oldest, end] of until) {
        if (until.size <= maxEntries && end > now()) break
        until.delete(oldest)
      }
      return isNew
    },
  }
}
