import type { OpaqueTokenVerifier } from '../access-token/opaque-tokens.js'
import type { ClaimsSchema } from '../access-token/claims-schema.js'
import type { ConnectionOptions } from '../connections/connection-types.js'
import type { Algorithm } from '../crypto/algorithms.js'
import type { SignatureScheduling } from '../crypto/types.js'
import type { IssuerOptions, IssuerResolver } from '../issuer/issuer-options.js'
import type { KeyOptions } from '../issuer/key-options.js'
import type { ResourceMetadataOptions } from '../metadata/metadata-options.js'
import type { MtlsOptions } from '../mtls/mtls-options.js'
import type { AuthEvent } from '../outcome/events.js'
import type { OnBehalfOf } from '../outcome/on-behalf-of.js'
import type { FormatRefusal } from '../outcome/refusal-body.js'
import type { ProfileName } from '../profile/profiles.js'
import type { CorrelationIdOption } from '../request/correlation-id.js'
import type { RevocationSource } from '../revocation/revocation-source.js'
import type { ListedTenantOptions, TenantsByRequest } from '../tenants/tenant-types.js'
import type { ShadowOptions } from '../shadow/shadow-options.js'
import type { TraceOptions } from '../traces/trace-options.js'
import type { DpopOptions } from './dpop-options.js'

/**
 * Options of a resource server. Durations are seconds.
 *
 * An option whose type has `undefined` may be taken from a variable that is not set, and then counts as not given. Any
 * other that is there with the value undefined is refused: its default could check less than what was meant.
 */
export interface AuthOptions {
  /**
   * A specification that sets options, and refuses those that contradict it: of MCP servers, or the FAPI 2.0 Security
   * Profile. @defaultValue none
   */
  readonly profile?: ProfileName
  /** A tenant domain such as `tenant.auth0.com`; the issuer is then `https://tenant.auth0.com/`. */
  readonly domain?: string | undefined
  /** The issuer's URL, exactly as in its tokens' `iss`, trailing slash included. */
  readonly issuer?: string | undefined
  /** Several issuers, each with its own settings if need be; or a function that looks one up. */
  readonly issuers?: readonly (string | IssuerOptions)[] | IssuerResolver | undefined
  /**
   * Several tenants, each with its own issuer, audience, algorithms and DPoP mode: a list by host, or a function that names
   * the tenant of a request and one that looks it up. In place of `domain`, `issuer` and `issuers`.
   */
  readonly tenants?: readonly ListedTenantOptions[] | TenantsByRequest | undefined
  /** The identifiers of this API, one of which must be in `aud`. */
  readonly audience?: string | readonly string[] | undefined
  /** @defaultValue ['RS256', 'PS256', 'ES256', 'EdDSA'] */
  readonly algorithms?: readonly Algorithm[]
  /** Seconds by which the issuer's clock may differ, for exp, nbf and iat. @defaultValue 5 */
  readonly clockTolerance?: number
  /**
   * Seconds after which a token is too old, whatever its `exp` says: its `iat` must be there, and is counted from.
   * @defaultValue none
   */
  readonly maxTokenAge?: number
  /**
   * A Standard Schema that the claims of each token must pass, such as `z.object({ org_id: z.string() })`: 401 where they do
   * not. A schema that throws, or takes more than 5 seconds, is a fault. Tokens that are remembered have passed.
   */
  readonly claims?: ClaimsSchema | undefined
  /**
   * Scopes that imply others: with `{ admin: 'read:messages write:messages' }` a token with `admin` meets what asks for
   * either. `auth.scopes` stays as granted. @defaultValue none
   */
  readonly scopeHierarchy?: Readonly<Record<string, string | readonly string[]>>
  /**
   * Verifies access tokens that are no JWTs by asking their issuer (RFC 7662), such as `introspection()` of
   * `@acme/auth-introspection`. @defaultValue none: they are refused
   */
  readonly opaqueTokens?: OpaqueTokenVerifier | undefined
  /** `rfc9068` demands `typ` `at+jwt` and the claims of RFC 9068 §2.2. @defaultValue 'any' */
  readonly tokenProfile?: 'any' | 'rfc9068'
  readonly dpop?: DpopOptions
  /**
   * Access tokens that are bound to the client's certificate (RFC 8705): where that is found. @defaultValue none: they are
   * refused
   */
  readonly mtls?: MtlsOptions
  /**
   * Says which tokens were revoked before they expire: one source or several, each asked after a token is verified.
   * @defaultValue none: a token is good until it expires
   */
  readonly revocation?: RevocationSource | readonly RevocationSource[]
  /**
   * WebSockets and streams of events, for clients that cannot send a header: a token as a subprotocol, and tickets.
   * @defaultValue none: credentials come in a header alone
   */
  readonly connections?: ConnectionOptions | undefined
  /** The origins under which clients may address this API, such as `https://api.example.com`. */
  readonly publicOrigins?: readonly string[]
  /**
   * How clients address this API, where no header tells: `https://api.example.com/v1` is put in front of the path of each
   * request, and neither Host nor forwarded headers are asked. One of `publicOrigins`, where those are given.
   */
  readonly publicUrl?: string
  readonly keys?: KeyOptions
  /**
   * How many verified tokens are remembered at least, so that they need not be verified again, and at most twice as many;
   * fewer where they take more than 8 KiB of memory on average; `false` for none. A token is remembered when it comes for
   * the second time. @defaultValue 1000
   */
  readonly tokenCache?: number | false | undefined
  /** Where signatures are verified, on Node. @defaultValue 'auto' */
  readonly signatures?: SignatureScheduling | undefined
  /**
   * The resources that this API serves, for clients that look for its issuer: RFC 9728 metadata, at `metadataRoute()`, and
   * `resource_metadata` in each 401 and 403. @defaultValue none
   */
  readonly resourceMetadata?: ResourceMetadataOptions | readonly ResourceMetadataOptions[] | undefined
  /**
   * How a handler calls other services for its caller, by `auth.onBehalfOf()`: such as `onBehalfOf()` of `@acme/auth-client`.
   * @defaultValue none
   */
  readonly onBehalfOf?: OnBehalfOf | undefined
  /** The realm of Bearer challenges. @defaultValue 'api' */
  readonly realm?: string | undefined
  /**
   * Used for all outbound calls: the place for an egress filter, where issuers are named by tenants. Whatever it throws or
   * answers, requests get 503 at worst. @defaultValue the global fetch
   */
  readonly fetch?: typeof globalThis.fetch
  /**
   * Called with each decision. What it throws is ignored. Without it, refusals are logged outside of production, one line
   * each, by the framework's logger; `DEBUG=acme-auth` logs all decisions anywhere.
   */
  readonly onEvent?: ((event: AuthEvent) => void) | undefined
  /**
   * Names a request: in the answer, its `X-Request-Id`, the event and the log. What is no plain token of at most 128
   * characters, and what is thrown, counts as no answer. @defaultValue the framework's request id, else the caller's
   * `X-Request-Id`, else a new one
   */
  readonly correlationId?: CorrelationIdOption | undefined
  /** Shapes the body of refusals; what it cannot change is status, challenge and the rest of the headers. */
  readonly formatRefusal?: FormatRefusal | undefined
  /**
   * Who answers refused requests: the guard, or with `forward` the framework's own error handling, which gets the
   * {@link AuthError}. Its headers are set by then, and whoever handles it logs it: nothing else does.
   * @defaultValue 'respond'
   */
  readonly refusals?: 'respond' | 'forward' | undefined
  /**
   * Settings that are tried before they are set, such as `{ dpop: 'required' }`: each request is answered by the others, and
   * one that these would refuse is told, by `shadow` of its event and by `resourceServer.shadowReport()`. @defaultValue none
   */
  readonly shadow?: ShadowOptions | undefined
  /**
   * Whether traces of refused requests are kept, by correlation id, for `resourceServer.trace(id)`: each check with what it
   * wanted and saw; no token, proof or secret. `{ max, maxAge, store }` says how many, and for how long.
   * @defaultValue true outside of production, false in it (`NODE_ENV`)
   */
  readonly traces?: boolean | TraceOptions | undefined
}
