import type { WarningEvent } from '../outcome/events.js'
import type { MaybePromise } from '../util/maybe-promise.js'
import type { TrustedIssuer } from './issuer-options.js'
import type { IssuerStatus, KeySet, KeySetPolicy } from './key-set-types.js'

/** An issuer and its keys. */
export interface IssuerKeys {
  readonly trusted: TrustedIssuer
  readonly keySet: KeySet
}

/** Whether requests can be decided on. Fit for strangers: no URL but the issuers' names, and no reason. */
export interface Readiness {
  readonly ready: boolean
  /** Of each listed issuer. Issuers that a function looks up are nobody else's business. */
  readonly issuers: readonly Pick<IssuerStatus, 'issuer' | 'state'>[]
}

/** The issuers whose tokens are accepted. */
export interface TrustedIssuers {
  /**
   * The issuer of that name, or undefined: an issuer that is not trusted is never called.
   *
   * @throws {AuthError} `issuer_unavailable` or `issuer_timeout` when a function that looks it up fails
   */
  select(issuer: string): MaybePromise<IssuerKeys | undefined>
  /** Fetches the keys of all listed issuers. @throws {AuthError} */
  preload(): Promise<void>
  /** Fetches what is due of the keys of listed issuers, and tells whether all have keys, or any. */
  ready(need: 'all' | 'any'): Promise<Readiness>
  /** Of all listed issuers, and of those that were looked up. */
  status(): readonly IssuerStatus[]
  /** Of one issuer, or of all. @returns whether there is one */
  invalidate(issuer: string | undefined, drop: boolean): boolean
}

/** What issuers are run with. */
export interface IssuersPolicy extends KeySetPolicy {
  readonly warn: (event: WarningEvent) => void
}
