import type { RevokedTokens } from '@acme/auth-core'

/** Tokens that were issued before a time are revoked. */
export interface Entry {
  readonly tokens: RevokedTokens
  /** The tokens as text: the same for equal ones. */
  readonly text: string
  /** Seconds since the epoch. */
  readonly before: number
}

const NAMES = ['issuer', 'subject', 'clientId', 'sessionId', 'tokenId'] as const

/** Of an entry's text, in UTF-8. */
export const MOST_BYTES = 4096

/** The entry of tokens that are what they should be. @throws {TypeError} when it is too long */
export function entryOf(tokens: RevokedTokens, before: number): Entry {
  const given = NAMES.map((name) => [name, tokens[name]] as const).filter(([, value]) => value !== undefined)
  const text = JSON.stringify(Object.fromEntries(given))
  if (Buffer.byteLength(text) > MOST_BYTES)
    throw new TypeError(`a revocation is longer than ${MOST_BYTES} bytes as JSON`)
  return { tokens, text, before }
}

/** What another process has stored: undefined when it is no entry. Whoever can write there can write anything. */
export function parseEntry(text: unknown, before: unknown): Entry | undefined {
  if (typeof text !== 'string' || typeof before !== 'string' || before === '') return undefined
  try {
    const tokens: unknown = JSON.parse(text)
    return isTokens(tokens) ? entryOf(tokens, Number(before)) : undefined
  } catch {
    return undefined
  }
}

function isTokens(value: unknown): value is RevokedTokens {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  // A condition that is not understood cannot be left out: more would be revoked than was meant.
  return Object.entries(value).every(([name, one]) => NAMES.some((known) => known === name) && typeof one === 'string')
}
