/** Until when fetched keys may be used (RFC 9111 §4.2, RFC 5861). Times are seconds since the epoch. */
export interface Freshness {
  readonly fetchedAt: number
  /** From when a background refresh is due, before the keys are stale. */
  readonly refreshFrom: number
  /** From when a request waits for a refresh. */
  readonly freshUntil: number
  /** Until when the keys serve while the issuer cannot be reached (RFC 5861 §4, stale-if-error). */
  readonly usableUntil: number
}

/** The options that freshness is computed from, in seconds. */
export interface FreshnessPolicy {
  readonly maxAge: number
  readonly refreshAhead: number
  readonly staleIfError: number
}

// An issuer that forbids caching must not turn each request into a fetch.
const MIN_FRESHNESS = 60

/**
 * The freshness of keys that were just fetched.
 *
 * @param issuerMaxAge - `max-age` of the issuer's Cache-Control, in seconds. It can shorten `maxAge`, never extend it.
 */
export function freshnessOf(fetchedAt: number, issuerMaxAge: number | undefined, policy: FreshnessPolicy): Freshness {
  const { maxAge, refreshAhead, staleIfError } = policy
  const lifetime = Math.min(maxAge, Math.max(issuerMaxAge ?? maxAge, MIN_FRESHNESS))
  const freshUntil = fetchedAt + lifetime
  // At most half of the lifetime: with `refreshAhead` beyond a short lifetime, keys would be due as soon as they are
  // fetched.
  const refreshFrom = freshUntil - Math.min(refreshAhead, lifetime / 2)
  return { fetchedAt, refreshFrom, freshUntil, usableUntil: freshUntil + staleIfError }
}

/** Makes keys stale from now on, or from when they became stale, if that was earlier. */
export function endFreshness(freshness: Freshness, now: number, { staleIfError }: FreshnessPolicy): Freshness {
  const freshUntil = Math.min(freshness.freshUntil, now)
  return { ...freshness, refreshFrom: freshUntil, freshUntil, usableUntil: freshUntil + staleIfError }
}

/**
 * `due`: fresh, but a background refresh should begin. `stale`: serves only if a refresh fails. `expired`: never
 * serves.
 */
export type Age = 'fresh' | 'due' | 'stale' | 'expired'

export function ageAt({ fetchedAt, refreshFrom, freshUntil, usableUntil }: Freshness, now: number): Age {
  if (now >= usableUntil) return 'expired'
  if (now >= freshUntil) return 'stale'
  // Fetched in the future: the clock was set back, so the age is unknown and would seem shorter than it is.
  return now >= refreshFrom || now < fetchedAt ? 'due' : 'fresh'
}
