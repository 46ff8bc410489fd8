import type { VerificationKey } from '../crypto/types.js'
import type { KeysEvent } from '../outcome/events.js'
import type { MaybePromise } from '../util/maybe-promise.js'
import type { Freshness, FreshnessPolicy } from './key-freshness.js'
import type { KeyIndex } from './key-index.js'

/** The keys of one issuer: fetched on demand, cached, and served stale during its outages. */
export interface KeySet {
  /**
   * The keys that may have signed a token with this header; none if the issuer publishes none. Fetches when necessary.
   *
   * @throws {AuthError} `issuer_unavailable` or `issuer_timeout` when the keys cannot be fetched
   */
  find(kid: string | undefined, algorithm: string): MaybePromise<readonly VerificationKey[]>
  /**
   * Further keys for a token whose signature matched none of `tried`. The issuer may have published a new key under the
   * same `kid`, or it may use no `kid`. Fetches within limits: none also means that the issuer was asked too recently.
   */
  findNewer(
    kid: string | undefined,
    algorithm: string,
    tried: readonly VerificationKey[],
  ): MaybePromise<readonly VerificationKey[]>
  /**
   * Whether the key set has this key and need not be fetched to say so. When false the key may be current all the same:
   * only `find` can tell.
   */
  isCurrent(key: VerificationKey, kid: string | undefined): boolean
  /** Fetches the keys unless they can be served without. @throws {AuthError} as `find` does */
  preload(): Promise<void>
  /** The keys at hand, for messages. Fetches nothing. */
  index(): Pick<KeyIndex, 'byAlgorithm'> | undefined
  status(): IssuerStatus
  /**
   * Has the next request fetch the keys. Until a fetch succeeds the present keys are stale: they serve only if it
   * fails.
   *
   * @param drop - discards them at once instead
   */
  invalidate(drop: boolean): void
}

/** Fetched keys and until when they may be used. */
export interface HeldKeys {
  readonly index: KeyIndex
  readonly freshness: Freshness
}

/** The state of an issuer's keys, for the operator. Times are seconds since the epoch. */
export interface IssuerStatus {
  readonly issuer: string
  /**
   * `empty`: no fetch was tried yet, or the keys expired and no fetch has failed since. `fresh`: keys serve. `stale`:
   * the next request refreshes them, and they serve if that fails. `unavailable`: there are no keys or expired ones,
   * and the last fetch failed.
   */
  readonly state: 'empty' | 'fresh' | 'stale' | 'unavailable'
  /** The number of entries in the key set, usable or not. */
  readonly keys: number
  readonly fetchedAt: number | undefined
  readonly freshUntil: number | undefined
  /** Consecutive failed fetches. */
  readonly failures: number
  /** The end of the back-off: no fetch is tried before. */
  readonly retryAt: number | undefined
  /** Why the last fetch failed. May contain internal URLs: do not show it to clients. */
  readonly problem: string | undefined
}

/** The settings and dependencies of a key set. Durations are seconds. */
export interface KeySetPolicy extends FreshnessPolicy {
  readonly cooldown: number
  readonly timeout: number
  readonly fetch: typeof globalThis.fetch
  readonly now: () => number
  readonly report: (event: KeysEvent) => void
}
