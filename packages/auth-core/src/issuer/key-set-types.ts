import type { VerificationKey } from '../crypto/types.js'
import type { KeysEvent } from '../events.js'
import type { MaybePromise } from '../maybe-promise.js'

/** The keys of one issuer, fetched when wanted and kept through its outages. */
export interface KeySet {
  /**
   * The key for a token's header, or undefined when the issuer has none.
   *
   * @throws {AuthError} `issuer_unavailable` or `issuer_timeout` when that cannot be known right now.
   */
  find(kid: string | undefined, algorithm: string): MaybePromise<VerificationKey | undefined>
  /** Whether `find` would answer with this key, at once. False says nothing: ask `find`. */
  holds(key: VerificationKey, kid: string | undefined): boolean
  /** Fetches the keys unless they are at hand. @throws {AuthError} as `find` does. */
  preload(): Promise<void>
  status(): IssuerStatus
  /** Has the next request fetch the keys anew; until that succeeds they count as stale. */
  invalidate(): void
}

/** What is known of an issuer's keys, for readiness endpoints. Times are seconds since the epoch. */
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
  /** Why the last fetch failed. */
  readonly problem: string | undefined
}

/** What a key set is run with. Durations and times are seconds. */
export interface KeySetPolicy {
  readonly maxAge: number
  readonly refreshAhead: number
  readonly staleIfError: number
  readonly cooldown: number
  readonly timeout: number
  readonly fetch: typeof globalThis.fetch
  readonly now: () => number
  readonly report: (event: KeysEvent) => void
}
