import type { WarningEvent } from '../outcome/events.js'
import type { MaybePromise } from '../util/maybe-promise.js'
import type { TrustedIssuer } from './issuer-options.js'
import type { IssuerStatus, KeySet, KeySetPolicy } from './key-set-types.js'

/** A trusted issuer and its key set. */
export interface IssuerKeys {
  readonly trusted: TrustedIssuer
  readonly keySet: KeySet
}

/**
 * Whether requests can be decided, for a readiness probe. May be shown to anybody: it has no URLs but the issuer
 * identifiers, and no reasons of failures.
 */
export interface Readiness {
  readonly ready: boolean
  /** The configured issuers. Issuers from look-ups are left out, since they would disclose who the tenants are. */
  readonly issuers: readonly Pick<IssuerStatus, 'issuer' | 'state'>[]
}

/** The issuers whose tokens are accepted. */
export interface TrustedIssuers {
  /**
   * The trusted issuer of that name, or undefined. Nothing is fetched from an issuer that is not trusted.
   *
   * @throws {AuthError} `issuer_unavailable` or `issuer_timeout` when a function that looks it up fails
   */
  select(issuer: string): MaybePromise<IssuerKeys | undefined>
  /** Fetches the keys of all configured issuers. @throws {AuthError} when a fetch fails */
  preload(): Promise<void>
  /** Refreshes the keys of configured issuers where due. Ready if all of them, or any, have usable keys. */
  ready(need: 'all' | 'any'): Promise<Readiness>
  /** The state of all configured issuers, and of those from look-ups. */
  status(): readonly IssuerStatus[]
  /** Invalidates the keys of one issuer, or of all. @returns whether there was one */
  invalidate(issuer: string | undefined, drop: boolean): boolean
}

/** The settings and dependencies of issuers. */
export interface IssuersPolicy extends KeySetPolicy {
  readonly warn: (event: WarningEvent) => void
}
