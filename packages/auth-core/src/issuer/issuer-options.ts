import type { AudienceStandIn, TokenShape } from '../access-token/claim-mapping.js'
import type { Algorithm } from '../crypto/algorithms.js'
import type { Jwk } from '../crypto/json-web-key.js'
import type { AudienceFromOptions } from './audience-options.js'
import type { TokenShapeOptions } from './shape-options.js'
import type { TenantTemplate } from './tenants.js'

/** An issuer whose tokens are accepted. What is not given is taken from the resource server's options. */
export interface IssuerOptions extends TokenShapeOptions {
  /**
   * The issuer's URL, exactly as in its tokens' `iss`. This or `domain`. With `{tenantid}` as a segment of its path, the
   * issuers of all tenants, whose keys are one set: `https://login.microsoftonline.com/{tenantid}/v2.0`.
   */
  readonly issuer?: string | undefined
  /** A tenant domain; the issuer is then `https://domain/`. */
  readonly domain?: string | undefined
  readonly audience?: string | readonly string[]
  /** For an issuer whose access tokens have no `aud`. A token that has one is held against `audience` all the same. */
  readonly audienceFrom?: AudienceFromOptions
  /** Of an issuer with `{tenantid}`: the identifiers of the tenants that are accepted. @defaultValue all */
  readonly tenants?: readonly string[]
  readonly algorithms?: readonly Algorithm[]
  /** The keys themselves (RFC 7517 §5): nothing is fetched. */
  readonly jwks?: { readonly keys: readonly unknown[] }
  /** Where the keys are: skips discovery. */
  readonly jwksUri?: string | undefined
  /**
   * Hosts, each with its port, that may be asked for metadata and keys without TLS, such as `keycloak.default.svc:8080` in
   * a cluster or compose network: whoever can answer in their place can sign tokens. Reported as a warning.
   */
  readonly insecureHosts?: readonly string[]
}

/**
 * Looks up the issuer of a token whose `iss` is not verified yet: it only selects, so answer from what you know, and
 * `undefined` or `null` for any issuer that you do not. Asked for URLs that an issuer can have only: https, or http on
 * loopback, of at most 1,024 characters, without query, fragment or dot segments. Answers are remembered for a minute,
 * refusals for five seconds, both until `invalidate()`. One that throws, or takes longer than `keys.timeout`, is an outage: 503.
 */
export type IssuerResolver = (issuer: string) => IssuerAnswer | PromiseLike<IssuerAnswer>

/** What is known of an issuer, if anything. */
export type IssuerAnswer = IssuerOptions | null | undefined

/** An issuer's settings, resolved. */
export interface TrustedIssuer {
  readonly issuer: string
  /** Empty where {@link audienceFrom} alone is given. */
  readonly audience: readonly string[]
  readonly audienceFrom: AudienceStandIn | undefined
  readonly tenants: TenantTemplate | undefined
  readonly shape: TokenShape
  readonly algorithms: readonly Algorithm[]
  readonly jwks: readonly Jwk[] | undefined
  readonly jwksUri: string | undefined
  /** Where http is permitted, as `URL.host` has it. */
  readonly insecureHosts: readonly string[]
}

/** How an issuer is looked up. */
export interface ResolverSettings {
  readonly ask: IssuerResolver
  /** @throws {TypeError} for an answer that is none */
  readonly read: (answer: unknown) => TrustedIssuer
}

/** The listed issuers by `iss`, or how to look one up. */
export interface IssuerSettings {
  readonly listed: ReadonlyMap<string, TrustedIssuer>
  readonly resolver: ResolverSettings | undefined
}
