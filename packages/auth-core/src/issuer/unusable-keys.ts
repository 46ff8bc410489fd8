import type { Jwk } from '../crypto/json-web-key.js'
import { quote } from '../util/quote.js'

/** An entry of a key set that cannot verify tokens. */
export interface UnusableKey {
  /** For messages: the `kid`, quoted, or the position. */
  readonly name: string
  readonly reason: string
  /** Whether the key is malformed. A well-formed key may be for another purpose, such as encryption. */
  readonly defect: boolean
}

// The most entries in a message. The issuer decides how many there are.
const MAX_NAMED = 5

/** Names an entry for messages. */
export function entryName(jwk: Jwk, at: number): string {
  return typeof jwk['kid'] === 'string' ? `key ${quote(jwk['kid'])}` : `the key in place ${at + 1}, which has no kid,`
}

/** Describes entries in one line; undefined when there are none. */
export function describeUnusable(keys: readonly UnusableKey[]): string | undefined {
  if (keys.length === 0) return undefined
  const named = keys.slice(0, MAX_NAMED).map(({ name, reason }) => `${name} is unusable: ${reason}`)
  return [...named, ...(keys.length > MAX_NAMED ? [`and ${keys.length - MAX_NAMED} more`] : [])].join('; ')
}
