import type { RevokedTokens } from '@acme/auth-core'

/** Where revocations are kept: `memoryRevocations()` of core, `redisRevocations()` of auth-redis, or a store of your own. */
export interface Revocations {
  /**
   * Revokes the tokens that were issued before a time. An earlier time than the one that is known must change nothing: events
   * come late, twice, and in any order.
   *
   * @param issuedBefore - seconds since the epoch. @defaultValue now
   */
  revoke(tokens: RevokedTokens, issuedBefore?: number): Promise<void> | void
}

// Seconds by which a store lets a time be ahead of its clock.
const MOST_AHEAD = 60

/**
 * From when on a token is newer than an event. `iat` and the times of events are whole seconds, as issuers write them: what was
 * issued in the second of the event may be older than it, and counts as older.
 */
export function afterSecondOf(time: number, now: number): number {
  return Math.min(Math.floor(time) + 1, Math.floor(now) + MOST_AHEAD)
}
