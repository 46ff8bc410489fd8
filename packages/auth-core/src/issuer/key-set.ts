import { isAuthError, refusal } from '../errors.js'
import type { AuthError } from '../errors.js'
import type { VerificationKey } from '../crypto/web.js'
import { discoverJwksUri } from './discovery.js'
import { FetchError, fetchJson } from './fetch-json.js'
import type { TrustedIssuer } from './issuer-options.js'
import { keyList } from './json-web-key.js'
import { createKeyIndex } from './key-index.js'
import type { KeyIndex } from './key-index.js'

/** The keys of one issuer, fetched when wanted and kept through its outages. */
export interface KeySet {
  /**
   * The key for a token's header, or undefined when the issuer has none.
   *
   * @throws {AuthError} `issuer_unavailable` or `issuer_timeout` when that cannot be known right now.
   */
  find(kid: string | undefined, algorithm: string): Promise<VerificationKey | undefined>
  /** Fetches the keys unless they are at hand. @throws {AuthError} as `find` does. */
  preload(): Promise<void>
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
}

interface Fetched {
  readonly index: KeyIndex
  /** When a refresh in the background is due, and when one that requests wait for. */
  readonly refreshFrom: number
  readonly freshUntil: number
}

// The first pause after a failure, and the longest.
const BACK_OFF = 1
const MAX_BACK_OFF = 60
// An issuer that forbids caching must not turn each request into a fetch.
const MIN_FRESHNESS = 60

export function createKeySet(issuer: TrustedIssuer, policy: KeySetPolicy): KeySet {
  if (issuer.jwks !== undefined) return staticKeySet(createKeyIndex(issuer.jwks))

  let current: Fetched | undefined
  let fetching: Promise<Fetched> | undefined
  let jwksUri = issuer.jwksUri
  let failures = 0
  let retryAt = 0
  let lastFailure: AuthError | undefined
  let unknownKidUntil = 0

  /** One fetch for all concurrent callers, and none during the pause after a failure. */
  async function refresh(): Promise<Fetched> {
    if (fetching === undefined && lastFailure !== undefined && policy.now() < retryAt) throw unavailable(lastFailure)
    fetching ??= fetchKeys()
      .then(succeeded, failed)
      .finally(() => {
        fetching = undefined
      })
    try {
      return await fetching
    } catch (error) {
      throw isAuthError(error) ? unavailable(error) : error
    }
  }

  async function fetchKeys(): Promise<Fetched> {
    jwksUri ??= await discoverJwksUri(issuer.issuer, policy.fetch, policy.timeout)
    const { value, maxAge } = await fetchJson(jwksUri, policy.fetch, policy.timeout)
    const keys = keyList(value)
    if (keys === undefined) throw new FetchError(`${jwksUri}: not a key set of at most 100 keys`)
    const freshness = Math.min(policy.maxAge, Math.max(maxAge ?? policy.maxAge, MIN_FRESHNESS))
    // Half of a short freshness at most, or each request would be ahead of time.
    const ahead = Math.min(policy.refreshAhead, freshness / 2)
    const freshUntil = policy.now() + freshness
    return { index: createKeyIndex(keys), freshUntil, refreshFrom: freshUntil - ahead }
  }

  function succeeded(newest: Fetched): Fetched {
    current = newest
    failures = 0
    lastFailure = undefined
    return newest
  }

  function failed(cause: unknown): never {
    // Anything else is a bug of ours, and goes on as one.
    if (!(cause instanceof FetchError)) throw cause
    failures += 1
    // Jitter: replicas that failed together must not come back together.
    const pause = Math.min(MAX_BACK_OFF, BACK_OFF * 2 ** (failures - 1)) * (0.5 + Math.random() / 2)
    retryAt = policy.now() + pause
    // The issuer may have moved its keys: look again.
    jwksUri = issuer.jwksUri
    lastFailure = refusal(cause.timedOut ? 'issuer_timeout' : 'issuer_unavailable', cause.message, { cause })
    throw lastFailure
  }

  /** A new error for each request: it is given that request's identifier. */
  function unavailable({ reason, detail, cause }: AuthError): AuthError {
    const retryAfter = Math.max(1, Math.ceil(retryAt - policy.now()))
    return refusal(reason, detail, { cause, retryAfter })
  }

  async function fetched(): Promise<Fetched> {
    const now = policy.now()
    if (current === undefined) return refresh()
    if (now < current.freshUntil) {
      // Ahead of time and in the background: no request waits for it, and a failure shows when it matters.
      if (now >= current.refreshFrom) refresh().catch(() => undefined)
      return current
    }
    const stale = current
    return refresh().catch((error: unknown) => {
      if (lastFailure !== undefined && policy.now() < stale.freshUntil + policy.staleIfError) return stale
      throw error
    })
  }

  async function find(kid: string | undefined, algorithm: string): Promise<VerificationKey | undefined> {
    const before = current
    let known = await fetched()
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
  function newerThan(known: Fetched): Fetched | Promise<Fetched> | undefined {
    if (fetching !== undefined) return refresh()
    if (current !== known) return current
    const now = policy.now()
    if (now < unknownKidUntil && lastFailure === undefined) return undefined
    unknownKidUntil = now + policy.cooldown
    return refresh()
  }

  return {
    find,
    async preload() {
      await fetched()
    },
  }
}

function staticKeySet(index: KeyIndex): KeySet {
  return { find: (kid, algorithm) => index.find(kid, algorithm), preload: () => Promise.resolve() }
}
