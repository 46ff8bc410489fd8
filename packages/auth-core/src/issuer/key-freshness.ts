/** Until when fetched keys may be used. Times are seconds since the epoch. */
export interface Freshness {
  readonly fetchedAt: number
  /** From when a refresh in the background is due. */
  readonly refreshFrom: number
  /** From when requests wait for a refresh. */
  readonly freshUntil: number
  /** Until when they serve while the issuer cannot be reached. */
  readonly usableUntil: number
}

/** What decides on it, in seconds. */
export interface FreshnessPolicy {
  readonly maxAge: number
  readonly refreshAhead: number
  readonly staleIfError: number
}

// An issuer that forbids caching must not turn each request into a fetch.
const MIN_FRESHNESS = 60

/** @param issuerMaxAge - what the issuer's Cache-Control says, which shortens and never lengthens */
export function freshnessOf(fetchedAt: number, issuerMaxAge: number | undefined, policy: FreshnessPolicy): Freshness {
  const { maxAge, refreshAhead, staleIfError } = policy
  const lifetime = Math.min(maxAge, Math.max(issuerMaxAge ?? maxAge, MIN_FRESHNESS))
  const freshUntil = fetchedAt + lifetime
  // Half of a short lifetime at most, or each request would be ahead of time.
  const refreshFrom = freshUntil - Math.min(refreshAhead, lifetime / 2)
  return { fetchedAt, refreshFrom, freshUntil, usableUntil: freshUntil + staleIfError }
}

/** No longer fresh, and no younger than it was. */
export function endFreshness(freshness: Freshness, now: number, { staleIfError }: FreshnessPolicy): Freshness {
  const freshUntil = Math.min(freshness.freshUntil, now)
  return { ...freshness, refreshFrom: freshUntil, freshUntil, usableUntil: freshUntil + staleIfError }
}

/** `due`: fresh, and a refresh should begin. `stale`: serves only if that fails. `over`: serves no more. */
export type Age = 'fresh' | 'due' | 'stale' | 'over'

export function ageAt({ fetchedAt, refreshFrom, freshUntil, usableUntil }: Freshness, now: number): Age {
  if (now >= usableUntil) return 'over'
  if (now >= freshUntil) return 'stale'
  // A clock that was set back would make them younger than they are.
  return now >= refreshFrom || now < fetchedAt ? 'due' : 'fresh'
}
