import { warnOfInsecureHosts } from './insecure-hosts.js'
import type { ResolverSettings, TrustedIssuer } from './issuer-options.js'
import { isIssuerName, lookUpIssuer } from './issuer-resolver.js'
import { createKeySet } from './key-set.js'
import { createLookUps } from './look-ups.js'
import type { IssuerKeys, IssuersPolicy, TrustedIssuers } from './trusted-issuers-types.js'

/** Trusted issuers that a function of the application looks up, with a cache and single flight for each. */
export function resolvedIssuers(resolver: ResolverSettings, policy: IssuersPolicy): TrustedIssuers {
  let warned = false
  const lookUps = createLookUps<TrustedIssuer, IssuerKeys>({
    now: policy.now,
    isName: isIssuerName,
    ask: (issuer) => lookUpIssuer(resolver, issuer, policy.timeout),
    make(trusted, onFetched) {
      if (!warned) warned = warnOfInsecureHosts(trusted, policy.warn)
      return { trusted, keySet: createKeySet(trusted, whenFetched(policy, onFetched)) }
    },
    settingsOf: ({ trusted }) => trusted,
    hasKeys: ({ jwks }) => jwks !== undefined,
    countKeys: ({ keySet }) => keySet.status().keys,
  })
  const named = (name: string | undefined) => (keys: IssuerKeys) => name === undefined || keys.trusted.issuer === name

  return {
    select: (issuer) => lookUps.select(issuer),
    // They are unknown until tokens name them, so there is nothing to fetch or to wait for.
    configured: () => [],
    known: (issuer) => lookUps.known().filter(named(issuer)),
    forget: (issuer) => lookUps.forget(named(issuer)),
  }
}

/** The same policy, which also tells when keys were fetched. */
export function whenFetched(policy: IssuersPolicy, onFetched: () => void): IssuersPolicy {
  return {
    ...policy,
    report(event) {
      if (event.transition === 'fetched') onFetched()
      policy.report(event)
    },
  }
}
