import { moreThanZero, readOptions, seconds } from '../options/read-options.js'
import type { OptionTable } from '../options/read-options.js'

/** How the keys of issuers are fetched and cached. All in seconds; fractions are allowed. */
export interface KeyOptions {
  /**
   * How long fetched keys are fresh. `max-age` of the issuer's Cache-Control can shorten it, to 60 at least.
   * @defaultValue 3600
   */
  readonly maxAge?: number
  /** How long before keys become stale a background refresh begins. @defaultValue 300 */
  readonly refreshAhead?: number
  /** How long stale keys serve while the issuer cannot be reached (RFC 5861 §4). @defaultValue 14400 */
  readonly staleIfError?: number
  /**
   * The time between two fetches for unknown keys, after a burst of three. It limits how often tokens with a made-up
   * `kid` reach the issuer. @defaultValue 30
   */
  readonly cooldown?: number
  /**
   * The time limit for one fetch, discovery and bodies included, and for one call of `issuers()`. More than 0.
   * @defaultValue 5
   */
  readonly timeout?: number
}

/** {@link KeyOptions}, checked and with defaults. */
export type KeySettings = Readonly<Required<KeyOptions>>

const TABLE: OptionTable<KeySettings> = {
  maxAge: seconds(3600),
  refreshAhead: seconds(300),
  staleIfError: seconds(14_400),
  cooldown: seconds(30),
  timeout: moreThanZero(5),
}

/** @throws {TypeError} that names the option, what was given and what is wanted */
export function readKeyOptions(given: unknown = {}, name: string): KeySettings {
  return readOptions(given, TABLE, { name, wanted: 'an object such as { maxAge: 3600 }' })
}
