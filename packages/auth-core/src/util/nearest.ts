/**
 * The one of some names that another was probably meant to be: the one by the fewest insertions, deletions and
 * replacements of a character (Levenshtein 1966), regardless of case, and of at most a third of them.
 */
export function nearest(name: string, candidates: readonly string[]): string | undefined {
  // Names are short; whatever else a program hands in is not compared.
  if (name.length > 64) return undefined
  const given = name.toLowerCase()
  const distances = candidates.map((candidate) => distance(given, candidate.toLowerCase()))
  const least = Math.min(...distances)
  const candidate = candidates[distances.indexOf(least)]
  return candidate !== undefined && least <= Math.max(1, candidate.length / 3) ? candidate : undefined
}

function distance(one: string, other: string): number {
  let previous = Array.from({ length: other.length + 1 }, (_, index) => index)
  for (let row = 1; row <= one.length; row++) {
    const current = [row]
    for (let column = 1; column <= other.length; column++) {
      const replaced = (previous[column - 1] ?? 0) + (one[row - 1] === other[column - 1] ? 0 : 1)
      current.push(Math.min(replaced, (previous[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1))
    }
    previous = current
  }
  return previous[other.length] ?? 0
}
