import { isPlainObject } from '../util/json.js'
import { secretError } from './option-checks.js'
import { moreThanZero, oneOf, readOptions } from './read-options.js'
import type { OptionTable } from './read-options.js'

/** Nonces that this server hands out and finds again in proofs (RFC 9449 §9). */
export interface NonceOptions {
  /**
   * What nonces are made with: the same on all replicas, at least 32 characters, from a random source. Of several, the
   * first makes nonces and all verify them, so that secrets can be exchanged while requests go on.
   */
  readonly secret: string | readonly string[]
  /** How long a nonce is good, in seconds. @defaultValue 300 */
  readonly maxAge?: number
  /**
   * `required`: every proof needs a nonce. `heal`: only a proof whose `iat` is not acceptable, so that clients with a
   * wrong clock get through. Where a proof has a nonce, it decides in place of `iat`. @defaultValue 'required'
   */
  readonly mode?: 'required' | 'heal'
}

/** {@link NonceOptions}, validated and defaulted. */
export interface NonceSettings {
  readonly secrets: readonly string[]
  readonly maxAge: number
  readonly mode: 'required' | 'heal'
}

const MIN_SECRET_LENGTH = 32

const TABLE: OptionTable<{ secret: readonly string[]; maxAge: number; mode: NonceSettings['mode'] }> = {
  secret: readSecrets,
  maxAge: moreThanZero(300),
  mode: oneOf('required', 'heal'),
}

/** @throws {TypeError} that names the option and tells nothing of the secret */
export function readNonceOptions(given: unknown, name: string): NonceSettings | undefined {
  if (given === undefined || given === false) return undefined
  if (!isPlainObject(given)) throw secretError(name, given, "an object such as { secret: '…' }, or false")
  // A secret that is undefined is told what it must be.
  const place = { name, wanted: 'an object', mayBeUndefined: ['secret'] }
  const { secret, maxAge, mode } = readOptions(given, TABLE, place)
  return Object.freeze({ secrets: secret, maxAge, mode })
}

function readSecrets(given: unknown, name: string): readonly string[] {
  const secrets: readonly unknown[] = Array.isArray(given) ? given : [given]
  const wanted = `a secret of ${MIN_SECRET_LENGTH} characters or more, or a list of such secrets`
  if (secrets.length === 0) throw secretError(name, given, wanted)
  const checked = secrets.map((secret) => {
    if (typeof secret === 'string' && secret.length >= MIN_SECRET_LENGTH) return secret
    throw secretError(name, secret, wanted)
  })
  return Object.freeze(checked)
}
