import type { IssuerSettings, TrustedIssuer } from './issuer-options.js'
import { createKeySet } from './key-set.js'
import type { KeySet, KeySetPolicy } from './key-set.js'

/** An issuer and its keys. */
export interface IssuerKeys {
  readonly trusted: TrustedIssuer
  readonly keySet: KeySet
}

/** The issuers whose tokens are accepted. */
export interface TrustedIssuers {
  /** The issuer of that name, or undefined: an issuer that is not trusted is never called. */
  select(issuer: string): Promise<IssuerKeys | undefined>
  /** Fetches the keys of all listed issuers. */
  preload(): Promise<void>
}

export function createTrustedIssuers({ listed, resolve }: IssuerSettings, policy: KeySetPolicy): TrustedIssuers {
  const byName = new Map([...listed].map(([name, trusted]) => [name, withKeys(trusted)]))
  // Keys live as long as the resolved issuer, which the resolver's bounded cache holds.
  const resolved = new WeakMap<TrustedIssuer, IssuerKeys>()

  function withKeys(trusted: TrustedIssuer): IssuerKeys {
    return { trusted, keySet: createKeySet(trusted, policy) }
  }

  return {
    async select(issuer) {
      if (resolve === undefined) return byName.get(issuer)
      const trusted = await resolve(issuer)
      if (trusted === undefined) return undefined
      const keys = resolved.get(trusted) ?? withKeys(trusted)
      resolved.set(trusted, keys)
      return keys
    },
    async preload() {
      await Promise.all([...byName.values()].map(({ keySet }) => keySet.preload()))
    },
  }
}
