import type { VerificationKey } from '../crypto/types.js'
import type { KeysEvent } from '../outcome/events.js'
import type { MaybePromise } from '../util/maybe-promise.js'
import type { Freshness, FreshnessPolicy } from './key-freshness.js'
import type { KeyIndex } from './key-index.js'

/** The keys of one issuer, fetched when wanted and kept through its outages. */
export interface KeySet {
  /**
   * The keys that may have signed a token with this header, or none when the issuer has none.
   *
   * @throws {AuthError} `issuer_unavailable` or `issuer_timeout` when that cannot be known right now.
   */
  find(kid: string | undefined, algorithm: string): MaybePromise<readonly VerificationKey[]>
  /**
   * Keys that were published since those that a signature did not match: the issuer may have replaced a key under its
   * `kid`, or use none. None when there are none, or when the issuer was asked often enough.
   */
  findNewer(
    kid: string | undefined,
    algorithm: string,
    tried: readonly VerificationKey[],
  ): MaybePromise<readonly VerificationKey[]>
  /** Whether `find` would answer with this key, at once. False says nothing: ask `find`. */
  holds(key: VerificationKey, kid: string | undefined): boolean
  /** Fetches the keys unless they are at hand. @throws {AuthError} as `find` does. */
  preload(): Promise<void>
  status(): IssuerStatus
  /** Has the next request fetch the keys anew; until that succeeds they count as stale, or are gone when dropped. */
  invalidate(drop: boolean): void
}

/** Keys that were fetched. */
export interface HeldKeys {
  readonly index: KeyIndex
  readonly freshness: Freshness
}

/** What is known of an issuer's keys, for the operator. Times are seconds since the epoch. */
export interface IssuerStatus {
  readonly issuer: string
  /**
   * `empty`: never fetched, never asked for. `fresh`. `stale`: due for a refresh, and served if that fails.
   * `unavailable`: no keys, or too old ones, and the last fetch failed.
   */
  readonly state: 'empty' | 'fresh' | 'stale' | 'unavailable'
  /** How many keys are held. */
  readonly keys: number
  readonly fetchedAt: number | undefined
  readonly freshUntil: number | undefined
  /** Fetches that failed since the last that succeeded. */
  readonly failures: number
  /** No fetch is tried before. */
  readonly retryAt: number | undefined
  /** Why the last fetch failed. May name URLs inside of a network: not for strangers. */
  readonly problem: string | undefined
}

/** What a key set is run with. Durations and times are seconds. */
export interface KeySetPolicy extends FreshnessPolicy {
  readonly cooldown: number
  readonly timeout: number
  readonly fetch: typeof globalThis.fetch
  readonly now: () => number
  readonly report: (event: KeysEvent) => void
}
