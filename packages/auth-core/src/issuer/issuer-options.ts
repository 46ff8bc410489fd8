import type { AudienceStandIn, TokenShape } from '../access-token/claim-mapping.js'
import type { Algorithm } from '../crypto/algorithms.js'
import type { Jwk } from '../crypto/json-web-key.js'
import type { AudienceFromOptions } from './audience-options.js'
import type { TokenShapeOptions } from './shape-options.js'
import type { requireIssuerClaims } from '../access-token/issuer-claims.js'
import type { TenantTemplate } from './tenants.js'

/**
 * An issuer whose tokens are accepted. `audience` and `algorithms` default to those of the resource server. Invalid
 * options make `createResourceServer` throw a TypeError that names the option.
 */
export interface IssuerOptions extends TokenShapeOptions {
  /**
   * The issuer identifier (RFC 8414 §2), exactly as `iss` of its tokens: https, or http on a loopback host, without
   * query and fragment. Either this or `domain`.
   *
   * With `{tenantid}` as one segment of the path it stands for the issuers of all tenants, which share one key set:
   * `https://login.microsoftonline.com/{tenantid}/v2.0`.
   */
  readonly issuer?: string | undefined
  /** A tenant domain, such as `tenant.auth0.com`; the issuer is then `https://tenant.auth0.com/`. */
  readonly domain?: string | undefined
  /**
   * The identifiers of this API, one of which `aud` must contain (RFC 9068 §4). @defaultValue the resource server's
   * `audience`
   */
  readonly audience?: string | readonly string[]
  /**
   * For an issuer whose access tokens lack `aud`. Where a token has `aud`, it is checked against `audience` all the
   * same.
   */
  readonly audienceFrom?: AudienceFromOptions
  /** With `{tenantid}`: the identifiers of the accepted tenants, in lower case. @defaultValue all tenants */
  readonly tenants?: readonly string[]
  /** The accepted JWS algorithms. @defaultValue the resource server's `algorithms` */
  readonly algorithms?: readonly Algorithm[]
  /** The issuer's key set itself (RFC 7517 §5), of at most 100 keys. Nothing is fetched. Excludes `jwksUri`. */
  readonly jwks?: { readonly keys: readonly unknown[] }
  /** The URL of the issuer's key set. @defaultValue `jwks_uri` of the issuer's metadata (RFC 8414 §2) */
  readonly jwksUri?: string | undefined
  /**
   * Hosts, each with its port, from which metadata and keys may be fetched over plain http, such as
   * `keycloak.default.svc:8080` in a cluster. Anybody who can answer in the place of such a host can forge tokens (RFC
   * 8414 §6.1 requires TLS), so a warning is reported to `onEvent`. @defaultValue none
   */
  readonly insecureHosts?: readonly string[]
}

/**
 * A function of the application that looks up an issuer, such as that of a tenant in a database.
 *
 * `issuer` is `iss` of a token that is NOT verified yet: anybody can choose it. Use it as a look-up key only, and
 * return `undefined` or `null` for an issuer that you do not know. It is an https URL, or http on a loopback host, of
 * at most 1,024 characters, without query, fragment and dot segments; for other tokens the function is not called.
 *
 * Answers are cached for 60 seconds, and `undefined` for 5 seconds, unless `invalidate()` is called. If the function
 * throws, or takes longer than `keys.timeout`, the request is answered with 503.
 */
export type IssuerResolver = (issuer: string) => IssuerAnswer | PromiseLike<IssuerAnswer>

/** The options of an issuer, or nothing for one that is not trusted. */
export type IssuerAnswer = IssuerOptions | null | undefined

/** {@link IssuerOptions}, validated and defaulted. */
export interface TrustedIssuer {
  readonly issuer: string
  /** Empty if only {@link audienceFrom} is given. */
  readonly audience: readonly string[]
  readonly audienceFrom: AudienceStandIn | undefined
  readonly tenants: TenantTemplate | undefined
  readonly shape: TokenShape
  /** Holds the claims against the three; undefined where they demand nothing. @throws {AuthError} `token_invalid` */
  readonly requireClaims: typeof requireIssuerClaims | undefined
  readonly algorithms: readonly Algorithm[]
  readonly jwks: readonly Jwk[] | undefined
  readonly jwksUri: string | undefined
  /** Hosts for which http is permitted, in the form of `URL.host`. */
  readonly insecureHosts: readonly string[]
}

/** How an issuer is looked up: the function of the application, and the validation of its answers. */
export interface ResolverSettings {
  readonly ask: IssuerResolver
  /** @throws {TypeError} for an answer that is no valid {@link IssuerOptions} */
  readonly read: (answer: unknown) => TrustedIssuer
}

/** The configured issuers by `iss`, or how to look one up. */
export interface IssuerSettings {
  readonly listed: ReadonlyMap<string, TrustedIssuer>
  readonly resolver: ResolverSettings | undefined
}
