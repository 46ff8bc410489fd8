import { configurationError } from '../options/option-checks.js'

// RFC 6749 §3.3 scope-token; it also keeps the value inside the quotes of a challenge.
export const ACR: RegExp = /^[\x21\x23-\x5B\x5D-\x7E]+$/
// The same, though a comma may be in a scope: between others it was meant to separate them.
const WORD = /^(?!.*[^,],+[^,])[\x21\x23-\x5B\x5D-\x7E]+$/
// Roles are in no challenge, and issuers name them freely; in a list they may hold spaces.
export const ROLE: RegExp = /^[^\p{Cc}]*[^\p{Cc}\s][^\p{Cc}]*$/u

export function words(name: string, value: unknown, word: RegExp = WORD): readonly string[] {
  if (value === undefined) return []
  const list: unknown = typeof value === 'string' ? value.split(' ').filter((one) => one !== '') : value
  const valid = Array.isArray(list) && list.length > 0 && list.every((one) => typeof one === 'string' && word.test(one))
  if (!valid) throw configurationError(name, value, "words such as 'read:messages', as a list or by spaces, not commas")
  return Object.freeze([...new Set<string>(list)])
}

export function oneOf(name: string, value: unknown, allowed: readonly unknown[]): unknown {
  if (value === undefined || allowed.includes(value)) return value
  throw configurationError(name, value, allowed.map((one) => JSON.stringify(one)).join(' or '))
}
