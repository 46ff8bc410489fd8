import { wrong } from '../options.js'
import { requireOptions, requireSeconds } from '../store-options.js'
import type { RedisRevocationsEvent } from './events.js'

/** Options of {@link redisRevocations}. Durations are seconds. */
export interface RedisRevocationsOptions {
  /** A second client, connected, that listens for news. @defaultValue a duplicate of the client, connected and closed by the source */
  readonly subscriber?: object
  /** What the names of the keys start with, in the braces of a hash tag. Every replica of an API needs the same. @defaultValue 'revocations:' */
  readonly prefix?: string
  /**
   * How long a revocation is kept: no shorter than the longest lifetime of a token, and the same for all replicas.
   * @defaultValue 2,592,000: 30 days
   */
  readonly retention?: number
  /** How many revocations there may be at once, the same for all replicas. Beyond it `revoke` rejects. @defaultValue 100,000 */
  readonly maxEntries?: number
  /** Between two looks at Redis, which find what a lost message would have told. @defaultValue 1 */
  readonly interval?: number
  /** For how long what is known is good enough while Redis does not answer. More than `interval` and `timeout`. @defaultValue 10 */
  readonly maxStaleness?: number
  /** How long Redis may take for an answer. @defaultValue 1 */
  readonly timeout?: number
  /** What an outage of more than `maxStaleness` means: 503, or tokens count as not revoked, with an event. @defaultValue 'closed' */
  readonly onFailure?: 'closed' | 'open'
  /** Called when Redis cannot be read, and when it can again; when it has lost revocations, or holds what is none. What it throws is ignored. */
  readonly onEvent?: (event: RedisRevocationsEvent) => void
  /** Seconds since the epoch. @defaultValue the system clock */
  readonly now?: () => number
}

/** Options checked and defaulted. */
export interface Settings extends Required<Omit<RedisRevocationsOptions, 'subscriber' | 'onEvent'>> {
  readonly subscriber: object | undefined
  readonly onEvent: ((event: RedisRevocationsEvent) => void) | undefined
}

const NAMES = [
  'subscriber',
  'prefix',
  'retention',
  'maxEntries',
  'interval',
  'maxStaleness',
  'timeout',
  'onFailure',
  'onEvent',
  'now',
]
const DAY = 86_400
const MOST_DAYS = 400
const MOST_ENTRIES = 10_000_000

/** @throws {TypeError} that names the option, what was given and what is wanted */
export function resolveOptions(options: RedisRevocationsOptions): Settings {
  requireOptions(options, NAMES)
  const {
    prefix = 'revocations:',
    retention = 30 * DAY,
    maxEntries = 100_000,
    interval = 1,
    maxStaleness = 10,
    timeout = 1,
    onFailure = 'closed',
    now = () => Date.now() / 1000,
    subscriber,
    onEvent,
  } = options
  // An empty hash tag is none, and one within another would end too soon.
  if (!/^[^{}]+$/.test(prefix)) throw wrong('prefix', prefix, 'text without braces')
  if (!(typeof retention === 'number' && retention > 0 && retention <= MOST_DAYS * DAY))
    throw wrong('retention', retention, `seconds, more than 0 and up to ${MOST_DAYS} days`)
  if (!(Number.isSafeInteger(maxEntries) && maxEntries > 0 && maxEntries <= MOST_ENTRIES))
    throw wrong('maxEntries', maxEntries, `a whole number from 1 to ${MOST_ENTRIES}`)
  requireSeconds('interval', interval)
  requireSeconds('maxStaleness', maxStaleness)
  if (maxStaleness <= interval + timeout)
    throw wrong('maxStaleness', maxStaleness, `more than interval and timeout: ${interval + timeout}`)
  if (onFailure !== 'closed' && onFailure !== 'open') throw wrong('onFailure', onFailure, "'closed' or 'open'")
  if (onEvent !== undefined && typeof onEvent !== 'function') throw wrong('onEvent', onEvent, 'a function')
  if (typeof now !== 'function') throw wrong('now', now, 'a function')
  return { prefix, retention, maxEntries, interval, maxStaleness, timeout, onFailure, onEvent, now, subscriber }
}
