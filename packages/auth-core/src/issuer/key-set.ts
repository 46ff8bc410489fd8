import type { VerificationKey } from '../crypto/types.js'
import { isAuthError, refusal } from '../outcome/errors.js'
import type { AuthError } from '../outcome/errors.js'
import type { MaybePromise } from '../util/maybe-promise.js'
import { FetchError } from './fetch-error.js'
import { fetchKeys } from './fetch-keys.js'
import type { FetchedKeys } from './fetch-keys.js'
import type { TrustedIssuer } from './issuer-options.js'
import { ageAt, endFreshness, freshnessOf } from './key-freshness.js'
import type { KeyIndex } from './key-index.js'
import { keysReport, keysStatus } from './key-set-status.js'
import type { HeldKeys, KeySet, KeySetPolicy } from './key-set-types.js'
import { includesKey, NO_KEYS } from './key-table.js'
import { createSingleFlight } from './single-flight.js'
import { staticKeySet } from './static-key-set.js'
import { createTokenBucket } from './token-bucket.js'

type Keys = readonly VerificationKey[]

// The most fetches in a burst for unknown keys, then one in each cooldown. Anybody can make up a `kid`, and must not
// turn requests into fetches.
const BURST = 3

export function createKeySet(trusted: TrustedIssuer, policy: KeySetPolicy): KeySet {
  const { issuer } = trusted
  if (trusted.jwks !== undefined) return staticKeySet(issuer, trusted.jwks, trusted.algorithms)

  let held: HeldKeys | undefined
  /** `jwks_uri` from the issuer's metadata, and until when it is cached. */
  let location: { readonly jwksUri: string; readonly until: number } | undefined
  /** Whether the fetch in flight was begun to find an unknown key. */
  let seeking = false
  const seeks = createTokenBucket(BURST, policy.cooldown, policy.now)
  // Anybody can make up a signature that does not match. A bucket of its own keeps such tokens from using up the burst,
  // which is for keys that the issuer has just published.
  const mismatches = createTokenBucket(1, policy.cooldown, policy.now)
  const report = keysReport(issuer, policy.report)
  const flight = createSingleFlight<FetchedKeys>({
    timeout: policy.timeout + 1,
    now: policy.now,
    isFailure: (error) => error instanceof FetchError,
    succeeded: hold,
    failed({ error, failedAt, retryAt }) {
      // The issuer may have moved its keys: the next attempt reads the metadata.
      location = undefined
      report.failed(held, failedAt, { detail: error.message, retryAfter: retryAt - failedAt })
    },
  })

  function hold({ index, jwksUri, discovered, maxAge }: FetchedKeys): void {
    const freshness = freshnessOf(policy.now(), maxAge, policy)
    held = { index, freshness }
    if (discovered) location = { jwksUri, until: freshness.freshUntil }
    report.fetched(held)
  }

  /** Single flight. @throws {AuthError} a new one for each caller, since each is given the identifier of a request */
  async function refresh(isFound?: (index: KeyIndex) => boolean): Promise<HeldKeys> {
    try {
      await flight.run(() => {
        report.fetching()
        const known = { jwksUri: knownUri(), imported: held?.index.imported }
        return fetchKeys(trusted, { ...known, ...(isFound && { isFound }) }, policy)
      })
    } catch (error) {
      throw error instanceof FetchError ? unavailable(error) : error
    }
    return held ?? refresh(isFound)
  }

  function knownUri(): string | undefined {
    if (trusted.jwksUri !== undefined) return trusted.jwksUri
    return location !== undefined && policy.now() < location.until ? location.jwksUri : undefined
  }

  function unavailable(cause: FetchError): AuthError {
    const { retryAt, failedAt } = flight.failure() ?? { retryAt: 0, failedAt: 0 }
    // Against a clock that was set back, which would make clients wait longer than the back-off.
    const retryAfter = Math.max(1, Math.ceil(retryAt - Math.max(failedAt, policy.now())))
    return refusal(cause.timedOut ? 'issuer_timeout' : 'issuer_unavailable', cause.message, { cause, retryAfter })
  }

  /** The keys that serve without waiting, or undefined. Starts a background refresh when one is due. */
  function currentKeys(now: number): HeldKeys | undefined {
    if (held === undefined) return undefined
    const age = ageAt(held.freshness, now)
    if (age === 'fresh') return held
    // Stale keys of an issuer that is down: the first request has waited in vain, so the others do not wait.
    const serves = age === 'due' || (age === 'stale' && flight.failure() !== undefined)
    if (!serves) return undefined
    // The last background refresh was lost: this runtime ends such work with the request. So this request waits for
    // one.
    if (flight.lost() && !flight.pausing()) return undefined
    // Its failure is reported to `onEvent`, and affects requests only once the keys are stale.
    if (!flight.underway() && !flight.pausing()) refresh().catch(() => undefined)
    return held
  }

  async function fetchOrStale(): Promise<HeldKeys> {
    try {
      return await refresh()
    } catch (error) {
      // Reads `held` after the await: an operator may have dropped the keys meanwhile.
      if (isAuthError(error) && held !== undefined && ageAt(held.freshness, policy.now()) !== 'expired') return held
      throw error
    }
  }

  function find(kid: string | undefined, algorithm: string): MaybePromise<Keys> {
    const known = currentKeys(policy.now())
    const keys = known?.index.candidates(kid, algorithm)
    return keys !== undefined && keys.length > 0 ? keys : search(known, (index) => index.candidates(kid, algorithm))
  }

  async function search(atOnce: HeldKeys | undefined, pick: (index: KeyIndex) => Keys): Promise<Keys> {
    const before = held
    const known = atOnce ?? (await fetchOrStale())
    const keys = pick(known.index)
    // If the keys were fetched for this request, another fetch would find nothing new.
    return keys.length > 0 || known !== before ? keys : seek(known, pick)
  }

  /** Looks for a key that the issuer may have just published. Rate-limited, since clients choose the `kid`. */
  async function seek(known: HeldKeys, pick: (index: KeyIndex) => Keys): Promise<Keys> {
    if (flight.underway()) {
      const wasSeeking = seeking
      const keys = pick((await refresh()).index)
      // A refresh that was already in flight may have read the key set before the key was published, so one more may
      // follow.
      if (keys.length > 0 || wasSeeking) return keys
    } else if (held !== undefined && held !== known) {
      const keys = pick(held.index)
      if (keys.length > 0) return keys
    }
    if (!flight.underway() && flight.failure() === undefined && !seeks.take()) return NO_KEYS
    seeking = true
    try {
      return pick((await refresh((index) => pick(index).length > 0)).index)
    } finally {
      seeking = false
    }
  }

  async function findNewer(kid: string | undefined, algorithm: string, tried: Keys): Promise<Keys> {
    const known = currentKeys(policy.now())
    // No retry of an issuer that is down on behalf of a signature, which anybody can make up.
    if (known === undefined || flight.failure() !== undefined) return NO_KEYS
    const pick = (index: KeyIndex): Keys => index.candidates(kid, algorithm).filter((key) => !tried.includes(key))
    const keys = pick(known.index)
    if (keys.length > 0) return keys
    if (!flight.underway() && !mismatches.take()) return NO_KEYS
    try {
      return await seek(known, pick)
    } catch (error) {
      // The signature matches no known key, so the token is refused even if the issuer cannot be asked.
      if (isAuthError(error)) return NO_KEYS
      throw error
    }
  }

  return {
    find,
    findNewer,
    isCurrent(key, kid) {
      const known = currentKeys(policy.now())
      return known !== undefined && includesKey(known.index.candidates(kid, key.algorithm), key)
    },
    async preload() {
      if (currentKeys(policy.now()) === undefined) await fetchOrStale()
    },
    index: () => held?.index,
    status: () => keysStatus(issuer, held, { failure: flight.failure(), now: policy.now() }),
    invalidate(drop) {
      // Ends the back-off too: the next request fetches, whatever failed before, and waits for the result.
      flight.restart()
      location = undefined
      held =
        drop || held === undefined
          ? undefined
          : { ...held, freshness: endFreshness(held.freshness, policy.now(), policy) }
      report.invalidated(held)
    },
  }
}
