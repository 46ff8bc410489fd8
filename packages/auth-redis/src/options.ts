import { memoryReplayStore } from '@acme/auth-core'
import type { ReplayStore } from '@acme/auth-core'

import type { RedisReplayEvent } from './health.js'

/** Options of {@link redisReplayStore}. Durations are seconds. */
export interface RedisReplayStoreOptions {
  /** What the names of the keys start with. Every replica of an API needs the same. @defaultValue 'dpop:' */
  readonly prefix?: string
  /** How long a request waits for Redis at most. @defaultValue 1 */
  readonly timeout?: number
  /**
   * By how much the clocks of two replicas may differ: proofs are kept for so much longer, since the replica that is
   * behind accepts them for so much longer. The clock of Redis does not matter. @defaultValue 5
   */
  readonly clockTolerance?: number
  /**
   * What becomes of proofs when Redis does not answer. `refuse`: they are refused with 503. `memory`: they are held
   * against the memory of this process alone, so that a proof can be accepted once by each replica, and once more by
   * a replica that was restarted. @defaultValue 'refuse'
   */
  readonly whenDown?: 'refuse' | 'memory'
  /** The memory of `whenDown: 'memory'`. @defaultValue `memoryReplayStore()` of `@acme/auth-core` */
  readonly memory?: ReplayStore
  /** Called when Redis fails, and when it answers again. What it throws is ignored. */
  readonly onEvent?: (event: RedisReplayEvent) => void
  /** Seconds since the epoch. @defaultValue the system clock */
  readonly now?: () => number
}

/** Options checked and defaulted. */
export interface Settings {
  readonly prefix: string
  readonly timeout: number
  readonly clockTolerance: number
  /** Undefined to refuse. */
  readonly memory: ReplayStore | undefined
  readonly onEvent: ((event: RedisReplayEvent) => void) | undefined
  readonly now: () => number
}

const NAMES = ['prefix', 'timeout', 'clockTolerance', 'whenDown', 'memory', 'onEvent', 'now']

/** @throws {TypeError} that names the option, what was given and what is wanted */
export function resolveOptions(options: RedisReplayStoreOptions): Settings {
  if (typeof options !== 'object' || options === null) throw wrong('options', options, 'an object')
  // An option with a misspelt name would be dropped silently.
  const unknown = Object.keys(options).find((name) => !NAMES.includes(name))
  if (unknown !== undefined) throw new TypeError(`unknown option "${unknown}", want one of ${NAMES.join(', ')}`)
  const { prefix = 'dpop:', timeout = 1, clockTolerance = 5, onEvent, now = () => Date.now() / 1000 } = options
  if (typeof prefix !== 'string' || prefix.length > 100) throw wrong('prefix', prefix, 'text of 100 characters at most')
  if (!isSeconds(timeout) || timeout === 0) throw wrong('timeout', timeout, 'seconds, more than 0')
  if (!isSeconds(clockTolerance)) throw wrong('clockTolerance', clockTolerance, 'seconds, 0 or more')
  if (onEvent !== undefined && typeof onEvent !== 'function') throw wrong('onEvent', onEvent, 'a function')
  if (typeof now !== 'function') throw wrong('now', now, 'a function')
  return { prefix, timeout, clockTolerance, memory: memoryOf(options, now), onEvent, now }
}

function memoryOf({ whenDown = 'refuse', memory }: RedisReplayStoreOptions, now: () => number): Settings['memory'] {
  if (whenDown !== 'refuse' && whenDown !== 'memory') throw wrong('whenDown', whenDown, "'refuse' or 'memory'")
  if (memory === undefined) return whenDown === 'memory' ? memoryReplayStore({ now }) : undefined
  if (typeof memory !== 'object' || memory === null || typeof memory.reserve !== 'function') {
    throw wrong('memory', memory, 'a ReplayStore')
  }
  if (whenDown === 'refuse') throw wrong('memory', 'a store', "none without whenDown: 'memory'")
  return memory
}

// A day, as Node's timers take no more than 24.8 of them.
const MOST_SECONDS = 86_400

/** Up to a day. */
export function isSeconds(value: unknown): boolean {
  return typeof value === 'number' && value >= 0 && value <= MOST_SECONDS
}

/** A client may hold a password, so nothing of an object is shown. */
export function wrong(name: string, given: unknown, wanted: string): TypeError {
  const shown = typeof given === 'string' ? JSON.stringify(given) : plain(given)
  return new TypeError(`${name}: got ${shown}, want ${wanted}`)
}

function plain(given: unknown): string {
  if (given === null || given === undefined || typeof given === 'number') return String(given)
  return Array.isArray(given) ? 'a list' : `a value of type ${typeof given}`
}
