import type { Algorithm } from '../crypto/algorithms.js'
import type { DpopMode } from '../dpop/mode.js'
import type { IssuerOptions, TrustedIssuer } from '../issuer/issuer-options.js'

/** What a request says about its tenant. Nothing of it is verified: anybody can send anything. */
export interface TenantRequest {
  /**
   * The host that the client addressed, in lower case and without port, an IPv6 address in brackets: by `publicUrl`, and by
   * forwarded headers of trusted proxies only. Undefined when it cannot be told, or is not among `publicOrigins`.
   */
  readonly host: string | undefined
  /** The path of the request target, as sent: without query, neither decoded nor normalised. */
  readonly path: string
  /** `iss` of the token, NOT verified: text of at most 1,024 characters. Undefined without a JWT that has one. */
  readonly issuer: string | undefined
  /** A header, by its name in any case. Undefined when there is none, or more than one. */
  header(name: string): string | undefined
}

/**
 * A tenant: one issuer with its options, or several as `issuers`. `audience` and `algorithms` default to those of the
 * resource server.
 */
export interface TenantOptions extends IssuerOptions {
  /** `auth.tenant`, and `tenant` of events. @defaultValue the name that `of` gave */
  readonly id?: string
  /** Several issuers, in place of `issuer` or `domain`. */
  readonly issuers?: readonly (string | IssuerOptions)[]
  /** @defaultValue `dpop.mode` of the resource server */
  readonly dpop?: DpopMode
}

/** A tenant of a list, and how clients address it. */
export interface ListedTenantOptions extends TenantOptions {
  readonly id: string
  /** Host names without port. No host may be of two tenants. */
  readonly hosts: readonly string[]
}

/** How the tenant of a request is found. */
export interface TenantsByRequest {
  /**
   * Names the tenant of a request. Called for each request, so it must be quick, and answer at once; undefined, null and
   * '' for none. When it throws, or answers anything else, the request gets 503.
   */
  readonly of: (request: TenantRequest) => string | null | undefined
  /**
   * Looks a tenant up, such as in a database. The name may be made up by anybody: use it as a look-up key only, and answer
   * undefined or null for one that you do not know. It has at most 1,024 characters.
   *
   * Answers are cached for 60 seconds, and `undefined` for 5 seconds, unless `invalidate()` is called. One call serves all
   * requests that wait for a name. When it throws, answers nonsense, or takes longer than `keys.timeout`, they get 503.
   */
  readonly resolve: (tenant: string) => TenantAnswer | PromiseLike<TenantAnswer>
}

/** The options of a tenant, or nothing for one that is not known. */
export type TenantAnswer = TenantOptions | null | undefined

/** {@link TenantOptions}, checked and with defaults. */
export interface Tenant {
  readonly id: string
  readonly issuers: readonly TrustedIssuer[]
  readonly mode: DpopMode
}

/** How the tenants of requests are found. */
export interface TenantSettings {
  readonly of: (request: TenantRequest) => unknown
  /** Tenants of a list, by identifier; undefined where a function looks them up. */
  readonly listed: ReadonlyMap<string, Tenant> | undefined
  readonly resolve: (name: string) => unknown
  /** @throws {TypeError} for an answer that is no valid {@link TenantOptions} */
  readonly read: (name: string, answer: unknown) => Tenant
}

/** What tenants have where they say nothing else, and how the URLs of requests are told. */
export interface TenantDefaults {
  readonly audience: unknown
  readonly algorithms: readonly Algorithm[]
  readonly mode: DpopMode
  readonly publicUrl: unknown
}
