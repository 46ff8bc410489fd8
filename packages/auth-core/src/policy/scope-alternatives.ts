import type { Requirements } from '../authorization/requirement-types.js'

// Beyond it a document would be unreadable, and a product of several lists has no end.
const MOST = 20

/** Lists of scopes, each of which will do as far as scopes are concerned. What only names none is met by the empty one. */
export function scopeAlternatives(wanted: readonly Requirements[]): readonly (readonly string[])[] {
  const found = product(wanted.map(alternativesOf))
  // Then what is wanted in any case: the rest is said in words.
  if (found.length > MOST) return [distinct(wanted.flatMap(alwaysWanted))]
  return [...new Map(found.map((scopes) => [scopes.join(' '), scopes])).values()]
}

function alternativesOf({ scopes, anyScope, allOf, anyOf }: Requirements): readonly (readonly string[])[] {
  const choices = [
    [scopes],
    ...(anyScope.length > 0 ? [anyScope.map((scope) => [scope])] : []),
    ...allOf.map(alternativesOf),
    ...(anyOf.length > 0 ? [anyOf.flatMap(alternativesOf)] : []),
  ]
  return product(choices)
}

/** One of each. It stops soon after there are too many. */
function product(choices: readonly (readonly (readonly string[])[])[]): readonly (readonly string[])[] {
  return choices.reduce<readonly (readonly string[])[]>(
    (before, choice) =>
      before.length > MOST ? before : before.flatMap((one) => choice.map((other) => distinct([...one, ...other]))),
    [[]],
  )
}

function alwaysWanted({ scopes, allOf }: Requirements): readonly string[] {
  return [...scopes, ...allOf.flatMap(alwaysWanted)]
}

function distinct(scopes: readonly string[]): readonly string[] {
  return [...new Set(scopes)]
}
