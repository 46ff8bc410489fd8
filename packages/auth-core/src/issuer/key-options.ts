import {
  configurationError,
  rejectUndefined,
  rejectUnknownNames,
  requireObject,
  seconds,
} from '../options/option-checks.js'

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

/**
 * Validates {@link KeyOptions} and fills in defaults.
 * @throws {TypeError} that names the option, what was given and what is wanted
 */
export function resolveKeys(keys: KeyOptions): Readonly<Required<KeyOptions>> {
  const names = ['maxAge', 'refreshAhead', 'staleIfError', 'cooldown', 'timeout']
  requireObject('keys', keys, 'an object such as { maxAge: 3600 }')
  rejectUnknownNames('keys', keys, names)
  rejectUndefined('keys.', keys)
  const resolved = {
    maxAge: seconds('keys.maxAge', keys.maxAge, 3600),
    refreshAhead: seconds('keys.refreshAhead', keys.refreshAhead, 300),
    staleIfError: seconds('keys.staleIfError', keys.staleIfError, 14_400),
    cooldown: seconds('keys.cooldown', keys.cooldown, 30),
    timeout: seconds('keys.timeout', keys.timeout, 5),
  }
  if (resolved.timeout === 0) throw configurationError('keys.timeout', 0, 'seconds, more than 0')
  return Object.freeze(resolved)
}
