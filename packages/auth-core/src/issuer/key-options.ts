import {
  configurationError,
  rejectUndefined,
  rejectUnknownNames,
  requireObject,
  seconds,
} from '../options/option-checks.js'

/** How the keys of issuers are fetched and kept. All in seconds. */
export interface KeyOptions {
  /** How long fetched keys are fresh. @defaultValue 3600 */
  readonly maxAge?: number
  /** How long before that a refresh in the background begins. @defaultValue 300 */
  readonly refreshAhead?: number
  /** How long beyond maxAge keys serve while the issuer cannot be reached. @defaultValue 14400 */
  readonly staleIfError?: number
  /** The time between two fetches for keys that are not there, after the first three. @defaultValue 30 */
  readonly cooldown?: number
  /** The time for one whole fetch, body included, and for one call of a function that looks issuers up. @defaultValue 5 */
  readonly timeout?: number
}

/** @throws {TypeError} that names the option, what was given and what is wanted */
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
