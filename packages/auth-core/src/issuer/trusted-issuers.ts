import type { IssuerSettings, TrustedIssuer } from './issuer-options.js'
import { createKeySet } from './key-set.js'
import { tenantOf } from './tenants.js'
import type { IssuerKeys, IssuersPolicy, ResolvedIssuers, TrustedIssuers } from './trusted-issuers-types.js'
import { warnOfInsecureHosts } from './insecure-hosts.js'

export function createTrustedIssuers(
  { listed, resolver }: IssuerSettings,
  policy: IssuersPolicy,
  resolvedIssuers: ResolvedIssuers,
): TrustedIssuers {
  return resolver === undefined ? listedIssuers(listed, policy) : resolvedIssuers(resolver, policy)
}

/** Issuers that are known from the start. */
export function listedIssuers(listed: ReadonlyMap<string, TrustedIssuer>, policy: IssuersPolicy): TrustedIssuers {
  const byName = new Map<string, IssuerKeys>()
  for (const [name, trusted] of listed) {
    byName.set(name, { trusted, keySet: createKeySet(trusted, policy) })
    warnOfInsecureHosts(trusted, policy.warn)
  }

  // All tenants of a template share one entry and one key set. Nothing is stored by tenant, since clients choose the
  // tenant.
  const templates = [...byName.values()].filter(({ trusted }) => trusted.tenants !== undefined)

  function find(issuer: string): IssuerKeys | undefined {
    return byName.get(issuer) ?? templates.find(({ trusted }) => matchesTemplate(issuer, trusted))
  }

  return {
    select: find,
    configured: () => [...byName.values()],
    known: (issuer) =>
      issuer === undefined ? [...byName.values()] : [find(issuer)].filter((one) => one !== undefined),
    forget: () => undefined,
  }
}

function matchesTemplate(issuer: string, { tenants }: TrustedIssuer): boolean {
  return tenants !== undefined && tenantOf(issuer, tenants) !== undefined
}
