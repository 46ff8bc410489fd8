import { configurationError, rejectUndefined, rejectUnknownNames, secretError, seconds } from './option-checks.js'
import { isPlainObject } from '../util/json.js'

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

/** @throws {TypeError} that names the option and tells nothing of the secret */
export function resolveNonce(given: unknown, dpopMode: string): NonceSettings | undefined {
  if (given === undefined || given === false) return undefined
  if (!isPlainObject(given)) throw secretError('dpop.nonce', given, "an object such as { secret: '…' }, or false")
  rejectUnknownNames('dpop.nonce', given, ['secret', 'maxAge', 'mode'])
  // The secret is asked for below, where the message says what it must be.
  rejectUndefined('dpop.nonce.', given, ['secret'])
  if (dpopMode === 'disabled') throw secretError('dpop.nonce', given, "none with dpop.mode 'disabled'")
  const maxAge = seconds('dpop.nonce.maxAge', given['maxAge'], 300)
  if (maxAge === 0) throw configurationError('dpop.nonce.maxAge', 0, 'seconds, more than 0')
  return Object.freeze({ secrets: resolveSecrets(given['secret']), maxAge, mode: resolveMode(given['mode']) })
}

function resolveSecrets(given: unknown): readonly string[] {
  const secrets: readonly unknown[] = Array.isArray(given) ? given : [given]
  const wanted = `a secret of ${MIN_SECRET_LENGTH} characters or more, or a list of such secrets`
  if (secrets.length === 0) throw secretError('dpop.nonce.secret', given, wanted)
  const checked = secrets.map((secret) => {
    if (typeof secret === 'string' && secret.length >= MIN_SECRET_LENGTH) return secret
    throw secretError('dpop.nonce.secret', secret, wanted)
  })
  return Object.freeze(checked)
}

function resolveMode(given: unknown): NonceSettings['mode'] {
  if (given === undefined) return 'required'
  if (given === 'required' || given === 'heal') return given
  throw configurationError('dpop.nonce.mode', given, "'required' or 'heal'")
}
