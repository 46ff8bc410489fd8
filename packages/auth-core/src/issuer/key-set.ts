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

// So many fetches at once for keys that are not there, since anybody can make up a `kid`; then one for each cooldown.
const BURST = 3

export function createKeySet(trusted: TrustedIssuer, policy: KeySetPolicy): KeySet {
  const { issuer } = trusted
  if (trusted.jwks !== undefined) return staticKeySet(issuer, trusted.jwks, trusted.algorithms)

  let held: HeldKeys | undefined
  /** Where the keys are, by the issuer's metadata, and until when that is believed. */
  let location: { readonly jwksUri: string; readonly until: number } | undefined
  /** Whether what is under way was begun for a key that is not there. */
  let seeking = false
  const seeks = createTokenBucket(BURST, policy.cooldown, policy.now)
  // Signatures that do not match are the cheapest to make up: they leave the rest of the burst to keys that are new.
  const mismatches = createTokenBucket(1, policy.cooldown, policy.now)
  const report = keysReport(issuer, policy.report)
  const flight = createSingleFlight<FetchedKeys>({
    timeout: policy.timeout + 1,
    now: policy.now,
    isFailure: (error) => error instanceof FetchError,
    succeeded: hold,
    failed({ error, failedAt, retryAt }) {
      // The issuer may have moved its keys: look again.
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

  /** One fetch for all concurrent callers. @throws {AuthError} of each caller's own, since it is given an identifier */
  async function refresh(isFound?: (index: KeyIndex) => boolean): Promise<HeldKeys> {
    try {
      await flight.run(() => {
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
    // By the later clock: one that was set back must not send clients away for longer.
    const retryAfter = Math.max(1, Math.ceil(retryAt - Math.max(failedAt, policy.now())))
    return refusal(cause.timedOut ? 'issuer_timeout' : 'issuer_unavailable', cause.message, { cause, retryAfter })
  }

  /** Keys that serve without waiting; a refresh that is due goes on in the background. */
  function atHand(now: number): HeldKeys | undefined {
    if (held === undefined) return undefined
    const age = ageAt(held.freshness, now)
    if (age === 'fresh') return held
    // While the issuer is down, only the first request waits for it.
    const serves = age === 'due' || (age === 'stale' && flight.failure() !== undefined)
    if (!serves) return undefined
    // Where nothing goes on behind a request, the next one waits for it.
    if (flight.lost() && !flight.pausing()) return undefined
    // A failure is reported, and shows when it matters.
    if (!flight.underway() && !flight.pausing()) refresh().catch(() => undefined)
    return held
  }

  async function fetchOrStale(): Promise<HeldKeys> {
    try {
      return await refresh()
    } catch (error) {
      // Those that are held by now: what was held before may have been dropped.
      if (isAuthError(error) && held !== undefined && ageAt(held.freshness, policy.now()) !== 'over') return held
      throw error
    }
  }

  function find(kid: string | undefined, algorithm: string): MaybePromise<Keys> {
    const known = atHand(policy.now())
    const keys = known?.index.find(kid, algorithm)
    return keys !== undefined && keys.length > 0 ? keys : search(known, (index) => index.find(kid, algorithm))
  }

  async function search(atOnce: HeldKeys | undefined, pick: (index: KeyIndex) => Keys): Promise<Keys> {
    const before = held
    const known = atOnce ?? (await fetchOrStale())
    const keys = pick(known.index)
    // Keys that were fetched for this very request are as new as they get.
    return keys.length > 0 || known !== before ? keys : seek(known, pick)
  }

  /** The key may be new. The issuer is asked for it within bounds, since the `kid` is the caller's choice. */
  async function seek(known: HeldKeys, pick: (index: KeyIndex) => Keys): Promise<Keys> {
    if (flight.underway()) {
      const sought = seeking
      const keys = pick((await refresh()).index)
      // A fetch that was on its way already may have left before the key was published: then another one may follow.
      if (keys.length > 0 || sought) return keys
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
    const known = atHand(policy.now())
    // An issuer that is down is not asked because of signatures that anybody can make up.
    if (known === undefined || flight.failure() !== undefined) return NO_KEYS
    const pick = (index: KeyIndex): Keys => index.find(kid, algorithm).filter((key) => !tried.includes(key))
    const keys = pick(known.index)
    if (keys.length > 0) return keys
    if (!flight.underway() && !mismatches.take()) return NO_KEYS
    try {
      return await seek(known, pick)
    } catch (error) {
      // What does not match the keys that there are is refused, whether the issuer can be asked or not.
      if (isAuthError(error)) return NO_KEYS
      throw error
    }
  }

  return {
    find,
    findNewer,
    holds(key, kid) {
      const known = atHand(policy.now())
      return known !== undefined && includesKey(known.index.find(kid, key.algorithm), key)
    },
    async preload() {
      if (atHand(policy.now()) === undefined) await fetchOrStale()
    },
    status: () => keysStatus(issuer, held, { failure: flight.failure(), now: policy.now() }),
    invalidate(drop) {
      // The next request asks, whatever went wrong before, and waits for the answer.
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
