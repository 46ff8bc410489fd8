import { isAuthError } from '../outcome/errors.js'
import type { IssuerSettings, TrustedIssuer } from './issuer-options.js'
import { createKeySet } from './key-set.js'
import type { IssuerStatus } from './key-set-types.js'
import { resolvedIssuers } from './resolved-issuers.js'
import { tenantOf } from './tenants.js'
import type { IssuerKeys, IssuersPolicy, TrustedIssuers } from './trusted-issuers-types.js'
import { warnOfInsecureHosts } from './insecure-hosts.js'

export function createTrustedIssuers({ listed, resolver }: IssuerSettings, policy: IssuersPolicy): TrustedIssuers {
  return resolver === undefined ? listedIssuers(listed, policy) : resolvedIssuers(resolver, policy)
}

function listedIssuers(listed: ReadonlyMap<string, TrustedIssuer>, policy: IssuersPolicy): TrustedIssuers {
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

  /** Fetches the keys of an issuer if necessary. A failure shows in the state. */
  async function refreshed({ keySet }: IssuerKeys): Promise<Pick<IssuerStatus, 'issuer' | 'state'>> {
    try {
      await keySet.preload()
    } catch (error) {
      if (!isAuthError(error)) throw error
    }
    const { issuer, state } = keySet.status()
    return { issuer, state }
  }

  return {
    select: find,
    async preload() {
      await Promise.all([...byName.values()].map(({ keySet }) => keySet.preload()))
    },
    async ready(need) {
      const issuers = await Promise.all([...byName.values()].map(refreshed))
      const serves = ({ state }: (typeof issuers)[number]): boolean => state === 'fresh' || state === 'stale'
      return { ready: need === 'any' ? issuers.some(serves) : issuers.every(serves), issuers }
    },
    status: () => [...byName.values()].map(({ keySet }) => keySet.status()),
    invalidate(issuer, drop) {
      const selected = issuer === undefined ? [...byName.values()] : [find(issuer)].filter((one) => one !== undefined)
      for (const { keySet } of selected) keySet.invalidate(drop)
      return selected.length > 0
    },
  }
}

function matchesTemplate(issuer: string, { tenants }: TrustedIssuer): boolean {
  return tenants !== undefined && tenantOf(issuer, tenants) !== undefined
}
