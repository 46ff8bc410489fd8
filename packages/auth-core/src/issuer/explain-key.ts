import { quote } from '../util/quote.js'
import type { KeySet } from './key-set-types.js'

const MOST_NAMED = 3

/** Which keys an issuer has, where it lacks the one that a token names. */
export function explainKey(keySet: Pick<KeySet, 'index'>): string {
  const kids = [...(keySet.index()?.byAlgorithm.values() ?? [])].flatMap(({ byKid }) => [...byKid.keys()])
  const distinct = [...new Set(kids)]
  const named = distinct.slice(0, MOST_NAMED).map(quote).join(' ')
  const more = distinct.length > MOST_NAMED ? ` and ${distinct.length - MOST_NAMED} more` : ''
  return `; it has ${named === '' ? 'none with a kid' : named}${more}: is the token of another environment?`
}
