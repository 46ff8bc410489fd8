import type { Jwk } from '../crypto/json-web-key.js'
import { quote } from '../util/quote.js'

/** An entry of a key set that verifies nothing. */
export interface UnusableKey {
  /** Quoted. */
  readonly name: string
  readonly reason: string
  /** Whether the issuer should mend it; a good key may be for something else, such as encryption. */
  readonly defect: boolean
}

// So many are named; the issuer decides how many there are.
const MOST_NAMED = 5

/** What an entry is called in messages. */
export function entryName(jwk: Jwk, at: number): string {
  return typeof jwk['kid'] === 'string' ? `key ${quote(jwk['kid'])}` : `the key in place ${at + 1}, which has no kid,`
}

/** One line about entries, or undefined when there are none. */
export function describeUnusable(keys: readonly UnusableKey[]): string | undefined {
  if (keys.length === 0) return undefined
  const named = keys.slice(0, MOST_NAMED).map(({ name, reason }) => `${name} is unusable: ${reason}`)
  return [...named, ...(keys.length > MOST_NAMED ? [`and ${keys.length - MOST_NAMED} more`] : [])].join('; ')
}
