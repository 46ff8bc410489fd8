import type { SourceState } from '../revocation/revocation.js'
import type { WarningEvent } from '../outcome/events.js'
import type { MaybePromise } from '../util/maybe-promise.js'
import type { ResolverSettings, TrustedIssuer } from './issuer-options.js'
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
  /** Whether the issuer answered when it was last asked about a token. Does not count for `ready`. Only with `opaqueTokens`. */
  readonly opaqueTokens?: 'up' | 'down'
  /**
   * Whether each source of `revocation` can answer. One that is down, and closed when it fails, makes the process not ready.
   * Only with that option.
   */
  readonly revocation?: readonly SourceState[]
}

/** The issuers whose tokens are accepted. */
export interface TrustedIssuers {
  /**
   * The trusted issuer of that name, or undefined. Nothing is fetched from an issuer that is not trusted.
   *
   * @throws {AuthError} `issuer_unavailable` or `issuer_timeout` when a function that looks it up fails
   */
  select(issuer: string): MaybePromise<IssuerKeys | undefined>
  /** The configured issuers: none where a function looks them up. */
  configured(): readonly IssuerKeys[]
  /** All issuers that are known by now, or the one of a name. */
  known(issuer: string | undefined): readonly IssuerKeys[]
  /** Forgets what a function answered: the next token has it asked anew. */
  forget(issuer: string | undefined): void
}

/** The settings and dependencies of issuers. */
export interface IssuersPolicy extends KeySetPolicy {
  readonly warn: (event: WarningEvent) => void
}

/** Trusted issuers that a function of the application looks up, see `resolvedIssuers`. */
export type ResolvedIssuers = (resolver: ResolverSettings, policy: IssuersPolicy) => TrustedIssuers
