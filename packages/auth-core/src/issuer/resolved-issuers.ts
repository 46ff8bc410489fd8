import { createLruMap } from '../util/lru.js'
import { warnOfInsecureHosts } from './insecure-hosts.js'
import type { ResolverSettings, TrustedIssuer } from './issuer-options.js'
import { isIssuerName, lookUpIssuer } from './issuer-resolver.js'
import { createIssuerTable } from './issuer-table.js'
import type { KnownIssuer } from './issuer-table.js'
import { createKeySet } from './key-set.js'
import type { IssuerKeys, IssuersPolicy, TrustedIssuers } from './trusted-issuers-types.js'

// Seconds. Short, so that an issuer that the application removes soon stops being trusted. Long enough that few
// requests wait for a database.
const ANSWER_LIFETIME = 60
// Seconds. A negative cache, so that tokens of untrusted issuers do not each cause a look-up. Short, so that a new
// tenant need not wait.
const REFUSAL_LIFETIME = 5

const MAX_REFUSALS = 1000
// The largest key, RSA of 8192 bits imported for two algorithms, takes 33 KB.
const BOUNDS = { proven: 1000, unproven: 250, keys: 5000 }

/** Trusted issuers that a function of the application looks up, with a cache and single flight for each. */
export function resolvedIssuers(resolver: ResolverSettings, policy: IssuersPolicy): TrustedIssuers {
  const known = createIssuerTable(BOUNDS)
  // Single flight: one look-up for all concurrent requests with tokens of an issuer. Each is waited for by a request,
  // so their number is bounded by that of open requests.
  const lookUps = new Map<string, Promise<IssuerKeys | undefined>>()
  let refused = createLruMap<number>(MAX_REFUSALS)
  let invalidations = 0
  let warned = false

  async function lookUp(issuer: string): Promise<IssuerKeys | undefined> {
    const began = invalidations
    const trusted = await lookUpIssuer(resolver, issuer, policy.timeout)
    // A look-up that began before an invalidation may have read what was invalidated: look up again.
    if (began !== invalidations) return lookUp(issuer)
    if (trusted === undefined) {
      known.delete(issuer)
      refused.set(issuer, policy.now() + REFUSAL_LIFETIME)
      return undefined
    }
    return remember(trusted)
  }

  function remember(trusted: TrustedIssuer): IssuerKeys {
    const { issuer } = trusted
    const until = policy.now() + ANSWER_LIFETIME
    const before = known.get(issuer)
    // Unchanged settings keep their fetched keys.
    if (before !== undefined && JSON.stringify(before.keys.trusted) === JSON.stringify(trusted)) {
      before.until = until
      return before.keys
    }
    known.delete(issuer)
    const keys = withKeys(trusted, () => known.prove(issuer, entry))
    const entry: KnownIssuer = { keys, until, used: 0, deleted: false }
    known.add(issuer, entry)
    if (trusted.jwks !== undefined) known.prove(issuer, entry)
    if (!warned) warned = warnOfInsecureHosts(trusted, policy.warn)
    return keys
  }

  function withKeys(trusted: TrustedIssuer, onFetched: () => void): IssuerKeys {
    const report: IssuersPolicy['report'] = (event) => {
      if (event.transition === 'fetched') onFetched()
      policy.report(event)
    }
    return { trusted, keySet: createKeySet(trusted, { ...policy, report }) }
  }

  /**
   * Whether a cached answer is still fresh. If more than its lifetime is left, the clock was set back, and it is not.
   */
  function isFresh(until: number | undefined, lifetime: number): boolean {
    if (until === undefined) return false
    const left = until - policy.now()
    return left > 0 && left <= lifetime
  }

  function entriesOf(issuer: string | undefined): readonly KnownIssuer[] {
    const selected = known.entries().filter(([name]) => issuer === undefined || issuer === name)
    return selected.map(([, entry]) => entry)
  }

  return {
    select(issuer) {
      const entry = known.get(issuer)
      if (entry !== undefined && isFresh(entry.until, ANSWER_LIFETIME)) return entry.keys
      if (!isIssuerName(issuer) || isFresh(refused.get(issuer), REFUSAL_LIFETIME)) return undefined
      const underway = lookUps.get(issuer)
      if (underway !== undefined) return underway
      const answer = lookUp(issuer).finally(() => {
        if (lookUps.get(issuer) === answer) lookUps.delete(issuer)
      })
      lookUps.set(issuer, answer)
      return answer
    },
    // They are unknown until tokens name them, so there is nothing to fetch or to wait for.
    configured: () => [],
    known: (issuer) => entriesOf(issuer).map(({ keys }) => keys),
    forget(issuer) {
      invalidations += 1
      lookUps.clear()
      refused = createLruMap<number>(MAX_REFUSALS)
      for (const entry of entriesOf(issuer)) entry.until = 0
    },
  }
}
