import { isPlainObject } from '../util/json.js'
import { nearest } from '../util/nearest.js'
import { printable, quote } from '../util/quote.js'

/** A TypeError that names the setting, what was given and what is wanted. */
export function configurationError(name: string, given: unknown, wanted: string): TypeError {
  return new TypeError(`${name}: got ${describe(given)}, want ${wanted}`)
}

/** The same for a secret, of which only the kind is told. */
export function secretError(name: string, given: unknown, wanted: string): TypeError {
  const kind = Array.isArray(given) ? `a list of ${given.length}` : typeof given
  return new TypeError(
    `${name}: got ${typeof given === 'string' ? `${given.length} characters` : kind}, want ${wanted}`,
  )
}

// Characters of a value that a message shows.
const MOST_SHOWN = 400

// Options may hold secrets, whatever else is wrong with them.
const SECRETS = ['nonce', 'secret']

/** Fit for one log line: a function that looks up issuers may answer with text that came from outside. */
function describe(value: unknown): string {
  if (typeof value === 'string') return printable(JSON.stringify(value), MOST_SHOWN)
  if (typeof value === 'object' && value !== null) {
    try {
      const text = JSON.stringify(value, (name, member: unknown) => (SECRETS.includes(name) ? '…' : member))
      return printable(text, MOST_SHOWN)
    } catch {
      return 'an object'
    }
  }
  return typeof value === 'function' ? 'a function' : String(value)
}

/** An option with a misspelt name would be dropped silently, and with it a check. */
export function rejectUnknownNames(where: string, value: object, names: readonly string[]): void {
  const unknown = Object.keys(value).find((name) => !names.includes(name))
  if (unknown === undefined) return
  const meant = nearest(unknown, names)
  const hint = meant === undefined ? '' : `; did you mean ${meant}?`
  throw new TypeError(`${where}: unknown option ${quote(unknown)}, want one of ${names.join(', ')}${hint}`)
}

/**
 * A name that is there with the value undefined was meant to say something: a misspelt member, a variable that is not
 * set. Taken for "not given" it would drop a check silently.
 *
 * @param path - what stands before the name in a message, such as `dpop.`
 * @param harmless - names of which the default checks no less than any value, so that they may come from a variable
 */
export function rejectUndefined(path: string, options: object, harmless: readonly string[] = []): void {
  const name = Object.entries(options).find(([one, value]) => value === undefined && !harmless.includes(one))?.[0]
  if (name !== undefined) throw configurationError(`${path}${name}`, undefined, 'a value, or no such name')
}

/** @throws {TypeError} when an option is no object */
export function requireObject(name: string, given: unknown, wanted: string): void {
  if (!isPlainObject(given)) throw configurationError(name, given, wanted)
}
