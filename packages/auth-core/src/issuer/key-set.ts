import type { VerificationKey } from '../crypto/types.js'
import { isAuthError, refusal } from '../errors.js'
import type { AuthError } from '../errors.js'
import { FetchError } from './fetch-json.js'
import { fetchKeys } from './fetch-keys.js'
import type { TrustedIssuer } from './issuer-options.js'
import { createKeyIndex } from './key-index.js'
import type { KeyIndex } from './key-index.js'
import type { IssuerStatus, KeySet, KeySetPolicy } from './key-set-types.js'
import { staticKeySet } from './static-key-set.js'
import { within } from '../time-limit.js'
import type { MaybePromise } from '../maybe-promise.js'

interface Fetched {
  readonly index: KeyIndex
  readonly fetchedAt: number
  /** When a refresh in the background is due, and when one that requests wait for. */
  readonly refreshFrom: number
  readonly freshUntil: number
}

// The first pause after a failure, and the longest.
const BACK_OFF = 1
const MAX_BACK_OFF = 60
// An issuer that forbids caching must not turn each request into a fetch.
const MIN_FRESHNESS = 60

export function createKeySet(trusted: TrustedIssuer, policy: KeySetPolicy): KeySet {
  const { issuer } = trusted
  if (trusted.jwks !== undefined) return staticKeySet(issuer, createKeyIndex(trusted.jwks))

  let current: Fetched | undefined
  let fetching: Promise<Fetched> | undefined
  let { jwksUri } = trusted
  let failures = 0
  let retryAt = 0
  let lastFailure: AuthError | undefined
  let unknownKidUntil = 0
  let invalidations = 0

  /** One fetch for all concurrent callers, and none during the pause after a failure. */
  async function refresh(): Promise<Fetched> {
    if (fetching === undefined && lastFailure !== undefined && policy.now() < retryAt) throw unavailable(lastFailure)
    const begun = fetching
    fetching ??= startFetch()
    try {
      return await (begun === undefined ? fetching : joined(begun))
    } catch (error) {
      throw isAuthError(error) ? unavailable(error) : error
    }
  }

  /** Some runtimes, such as Workers, end a fetch with the request that began it, and say nothing: then ask anew. */
  async function joined(begun: Promise<Fetched>): Promise<Fetched> {
    const fetched = await within(begun, policy.timeout + 1)
    if (fetched !== undefined) return fetched
    if (fetching === begun) fetching = undefined
    return refresh()
  }

  function startFetch(): Promise<Fetched> {
    const began = invalidations
    // An answer to a question from before an invalidation may be what was invalidated: ask again.
    const ifCurrent =
      <Answer>(use: (answer: Answer) => Fetched) =>
      (answer: Answer): Fetched | Promise<Fetched> =>
        began === invalidations ? use(answer) : refresh()
    const fetch = fetchKeys(issuer, jwksUri, policy)
      .then(ifCurrent(succeeded), ifCurrent(failed))
      .finally(() => {
        if (fetching === fetch) fetching = undefined
      })
    return fetch
  }

  function succeeded(fetched: Awaited<ReturnType<typeof fetchKeys>>): Fetched {
    const index = createKeyIndex(fetched.keys, current?.index)
    const fetchedAt = policy.now()
    const freshness = Math.min(policy.maxAge, Math.max(fetched.maxAge ?? policy.maxAge, MIN_FRESHNESS))
    // Half of a short freshness at most, or each request would be ahead of time.
    const ahead = Math.min(policy.refreshAhead, freshness / 2)
    const freshUntil = fetchedAt + freshness
    current = { index, fetchedAt, freshUntil, refreshFrom: freshUntil - ahead }
    ;({ jwksUri } = fetched)
    failures = 0
    lastFailure = undefined
    policy.report({
      type: 'keys',
      issuer,
      transition: 'fetched',
      keys: index.size,
      detail: undefined,
      retryAfter: undefined,
    })
    return current
  }

  function failed(cause: unknown): never {
    // Anything else is a bug of ours, and goes on as one.
    if (!(cause instanceof FetchError)) throw cause
    failures += 1
    // Jitter: replicas that failed together must not come back together.
    const pause = Math.min(MAX_BACK_OFF, BACK_OFF * 2 ** (failures - 1)) * (0.5 + Math.random() / 2)
    retryAt = policy.now() + pause
    // The issuer may have moved its keys: look again.
    ;({ jwksUri } = trusted)
    lastFailure = refusal(cause.timedOut ? 'issuer_timeout' : 'issuer_unavailable', cause.message, { cause })
    const { state, keys } = status()
    const transition = state === 'fresh' ? 'failed' : state === 'stale' ? 'stale' : 'unavailable'
    policy.report({ type: 'keys', issuer, transition, keys, detail: cause.message, retryAfter: pause })
    throw lastFailure
  }

  /** A new error for each request: it is given that request's identifier. */
  function unavailable({ reason, detail, cause }: AuthError): AuthError {
    const retryAfter = Math.max(1, Math.ceil(retryAt - policy.now()))
    return refusal(reason, detail, { cause, retryAfter })
  }

  /** Keys that serve without waiting; a refresh that is due goes on in the background. */
  function atHand(now: number): Fetched | undefined {
    if (current === undefined) return undefined
    // While the issuer is down, only the first request waits for it.
    const serves =
      now < current.freshUntil || (lastFailure !== undefined && now < current.freshUntil + policy.staleIfError)
    if (!serves) return undefined
    const pausing = lastFailure !== undefined && now < retryAt
    // A failure is reported, and shows when it matters.
    if (now >= current.refreshFrom && fetching === undefined && !pausing) refresh().catch(() => undefined)
    return current
  }

  async function fetchOrStale(): Promise<Fetched> {
    const stale = current
    try {
      return await refresh()
    } catch (error) {
      const serves = isAuthError(error) && stale !== undefined && policy.now() < stale.freshUntil + policy.staleIfError
      if (serves) return stale
      throw error
    }
  }

  function find(kid: string | undefined, algorithm: string): MaybePromise<VerificationKey | undefined> {
    const known = atHand(policy.now())
    return known?.index.found(kid, algorithm) ?? search(known ?? fetchOrStale(), kid, algorithm)
  }

  async function search(
    usableNow: MaybePromise<Fetched>,
    kid: string | undefined,
    algorithm: string,
  ): Promise<VerificationKey | undefined> {
    const before = current
    let known = await usableNow
    let key = await known.index.find(kid, algorithm)
    // Keys that were fetched for this very request are as new as they get.
    if (key !== undefined || known !== before) return key
    for (let asked = false; key === undefined && !asked;) {
      // A fetch that was on its way already may have left before the key was published: then another one may follow.
      asked = fetching === undefined && current === known
      const newer = await newerThan(known)
      if (newer === undefined) return undefined
      known = newer
      key = await known.index.find(kid, algorithm)
    }
    return key
  }

  /** The key may be new: keys that come meanwhile, or one fetch per cooldown, since the `kid` is the caller's choice. */
  function newerThan(known: Fetched): MaybePromise<Fetched> | undefined {
    if (fetching !== undefined) return refresh()
    if (current !== known) return current
    const now = policy.now()
    if (now < unknownKidUntil && lastFailure === undefined) return undefined
    unknownKidUntil = now + policy.cooldown
    return refresh()
  }

  function stateAt(now: number): IssuerStatus['state'] {
    if (current !== undefined && now < current.freshUntil) return 'fresh'
    if (current !== undefined && now < current.freshUntil + policy.staleIfError) return 'stale'
    return lastFailure === undefined ? 'empty' : 'unavailable'
  }

  function status(): IssuerStatus {
    return {
      issuer,
      state: stateAt(policy.now()),
      keys: current?.index.size ?? 0,
      fetchedAt: current?.fetchedAt,
      freshUntil: current?.freshUntil,
      failures,
      retryAt: lastFailure === undefined ? undefined : retryAt,
      problem: lastFailure?.detail,
    }
  }

  return {
    find,
    holds: (key, kid) => atHand(policy.now())?.index.found(kid, key.algorithm) === key,
    async preload() {
      if (atHand(policy.now()) === undefined) await fetchOrStale()
    },
    status,
    invalidate() {
      if (current !== undefined) {
        current = { ...current, refreshFrom: 0, freshUntil: Math.min(current.freshUntil, policy.now()) }
      }
      invalidations += 1
      fetching = undefined
      // The next request asks, whatever went wrong before, and waits for the answer.
      lastFailure = undefined
      failures = 0
      policy.report({
        type: 'keys',
        issuer,
        transition: 'invalidated',
        keys: current?.index.size ?? 0,
        detail: undefined,
        retryAfter: undefined,
      })
    },
  }
}
