import { createLruMap } from '../util/lru.js'
import { warnOfInsecureHosts } from './insecure-hosts.js'
import type { ResolverSettings, TrustedIssuer } from './issuer-options.js'
import { askForIssuer, isIssuerName } from './issuer-resolver.js'
import { createIssuerTable } from './issuer-table.js'
import type { KnownIssuer } from './issuer-table.js'
import { createKeySet } from './key-set.js'
import type { IssuerKeys, IssuersPolicy, TrustedIssuers } from './trusted-issuers-types.js'

// Seconds: an issuer that is taken off stops being trusted soon, and not each request waits for a database.
const ANSWER_LIFETIME = 60
// Seconds: strangers' tokens must not become look-ups, and a tenant that is new must not wait.
const REFUSAL_LIFETIME = 5

const MAX_REFUSALS = 1000
// The largest kind of key, RSA of 8192 bits for two algorithms, takes 33 KB.
const BOUNDS = { proven: 1000, unproven: 250, keys: 5000 }

/** Issuers that a function of the application looks up. */
export function resolvedIssuers(resolver: ResolverSettings, policy: IssuersPolicy): TrustedIssuers {
  const known = createIssuerTable(BOUNDS)
  // Each is a request that waits.
  const asking = new Map<string, Promise<IssuerKeys | undefined>>()
  let refused = createLruMap<number>(MAX_REFUSALS)
  let invalidations = 0
  let warned = false

  async function ask(issuer: string): Promise<IssuerKeys | undefined> {
    const began = invalidations
    const trusted = await askForIssuer(resolver, issuer, policy.timeout)
    // An answer to a question from before an invalidation may be what was invalidated: ask again.
    if (began !== invalidations) return ask(issuer)
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
    // The same settings keep the keys that were fetched for them.
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

  function withKeys(trusted: TrustedIssuer, fetched: () => void): IssuerKeys {
    const report: IssuersPolicy['report'] = (event) => {
      if (event.transition === 'fetched') fetched()
      policy.report(event)
    }
    return { trusted, keySet: createKeySet(trusted, { ...policy, report }) }
  }

  /** Whether something is still believed. A clock that was set back must not make that any longer. */
  function holds(until: number | undefined, lifetime: number): boolean {
    if (until === undefined) return false
    const left = until - policy.now()
    return left > 0 && left <= lifetime
  }

  return {
    select(issuer) {
      const entry = known.get(issuer)
      if (entry !== undefined && holds(entry.until, ANSWER_LIFETIME)) return entry.keys
      if (!isIssuerName(issuer) || holds(refused.get(issuer), REFUSAL_LIFETIME)) return undefined
      const underway = asking.get(issuer)
      if (underway !== undefined) return underway
      const answer = ask(issuer).finally(() => {
        if (asking.get(issuer) === answer) asking.delete(issuer)
      })
      asking.set(issuer, answer)
      return answer
    },
    // Nobody knows them before they are asked for.
    preload: () => Promise.resolve(),
    ready: () => Promise.resolve({ ready: true, issuers: [] }),
    status: () => known.entries().map(([, { keys }]) => keys.keySet.status()),
    invalidate(issuer, drop) {
      invalidations += 1
      asking.clear()
      refused = createLruMap<number>(MAX_REFUSALS)
      const meant = known.entries().filter(([name]) => issuer === undefined || issuer === name)
      for (const [, entry] of meant) {
        entry.until = 0
        entry.keys.keySet.invalidate(drop)
      }
      return meant.length > 0
    },
  }
}
