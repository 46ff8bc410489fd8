import type { IssuerSettings, TrustedIssuer } from './issuer-options.js'
import { createKeySet } from './key-set.js'
import type { IssuerStatus, KeySet, KeySetPolicy } from './key-set-types.js'
import { tenantOf } from './tenants.js'
import type { MaybePromise } from '../maybe-promise.js'

/** An issuer and its keys. */
export interface IssuerKeys {
  readonly trusted: TrustedIssuer
  readonly keySet: KeySet
}

/** The issuers whose tokens are accepted. */
export interface TrustedIssuers {
  /** The issuer of that name, or undefined: an issuer that is not trusted is never called. */
  select(issuer: string): MaybePromise<IssuerKeys | undefined>
  /** Fetches the keys of all listed issuers. */
  preload(): Promise<void>
  /** Of all listed issuers, and of those that were looked up. */
  status(): readonly IssuerStatus[]
  /** Of one issuer, or of all. */
  invalidate(issuer?: string): void
}

// Looked-up issuers whose keys are kept at once.
const MAX_RESOLVED = 1000

export function createTrustedIssuers({ listed, resolve }: IssuerSettings, policy: KeySetPolicy): TrustedIssuers {
  const byName = new Map([...listed].map(([name, trusted]) => [name, withKeys(trusted)]))

  function withKeys(trusted: TrustedIssuer): IssuerKeys {
    return { trusted, keySet: createKeySet(trusted, policy) }
  }

  // All tenants of a template are one issuer here, with one set of keys: nothing is kept for each that a token names.
  const templates = [...byName.values()].filter(({ trusted }) => trusted.tenants !== undefined)

  function ofTenant(issuer: string): IssuerKeys | undefined {
    return templates.find(
      ({ trusted: { tenants } }) => tenants !== undefined && tenantOf(issuer, tenants) !== undefined,
    )
  }

  async function lookUp(
    issuer: string,
    resolveIssuer: NonNullable<IssuerSettings['resolve']>,
  ): Promise<IssuerKeys | undefined> {
    const trusted = await resolveIssuer(issuer)
    const known = byName.get(issuer)
    if (trusted === undefined) byName.delete(issuer)
    if (trusted === undefined || trusted === known?.trusted) return trusted && known
    // Other settings, other keys.
    const keys = withKeys(trusted)
    if (byName.size >= MAX_RESOLVED) byName.clear()
    byName.set(issuer, keys)
    return keys
  }

  return {
    select: (issuer) => (resolve === undefined ? (byName.get(issuer) ?? ofTenant(issuer)) : lookUp(issuer, resolve)),
    async preload() {
      await Promise.all([...byName.values()].map(({ keySet }) => keySet.preload()))
    },
    status: () => [...byName.values()].map(({ keySet }) => keySet.status()),
    invalidate(issuer) {
      for (const [name, { keySet }] of byName) if (issuer === undefined || issuer === name) keySet.invalidate()
    },
  }
}
