/**
 * At most so many of a kind within a second. Kinds are few and fixed.
 *
 * @param now - seconds
 * @returns whether one more may be
 */
export function createRateLimit(most: number, now: () => number): (kind: string) => boolean {
  const counts = new Map<string, number>()
  let second = 0
  return (kind) => {
    const time = Math.floor(now())
    if (time !== second) counts.clear()
    second = time
    const count = counts.get(kind) ?? 0
    if (count >= most) return false
    counts.set(kind, count + 1)
    return true
  }
}
