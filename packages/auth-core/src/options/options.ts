import type { GrantedScopes } from '../authorization/scope-hierarchy.js'
import type { OpaqueTokenVerifier } from '../access-token/opaque-tokens.js'
import type { ClaimsCheck, ClaimsSchema } from '../access-token/claims-schema.js'
import type { ResourceMetadataOptions, ResourceSettings } from '../metadata/metadata-options.js'
import { readAlgorithms } from '../crypto/algorithms.js'
import type { Algorithm } from '../crypto/algorithms.js'
import type { SignatureScheduling } from '../crypto/types.js'
import { acceptedSchemes } from '../dpop/mode.js'
import type { AuthScheme } from '../outcome/errors.js'
import type { AuthEvent } from '../outcome/events.js'
import type { FormatRefusal } from '../outcome/refusal-body.js'
import type { CorrelationIdOption } from '../request/correlation-id.js'
import { resolveIssuers } from '../issuer/resolve-issuers.js'
import type { IssuerFormReader } from '../issuer/resolve-issuers.js'
import type { IssuerOptions, IssuerResolver, IssuerSettings } from '../issuer/issuer-options.js'
import type { ListedTenantOptions, TenantsByRequest } from '../tenants/tenant-types.js'
import type { TenantDefaults, TenantSettings } from '../tenants/tenant-types.js'
import { readKeyOptions } from '../issuer/key-options.js'
import type { KeyOptions, KeySettings } from '../issuer/key-options.js'
import type { GivenBase } from './public-url-option.js'
import type { ProfileName } from '../profile/profiles.js'
import type { DpopOptions, DpopSettings } from './dpop-options.js'
import { configurationError } from './option-checks.js'
import { moreThanZero, oneOf, readOptions, seconds } from './read-options.js'
import type { OptionReader, OptionTable } from './read-options.js'

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
}

/** Settings: options validated, defaulted and frozen, once. Later code never sees the options. */
export interface Settings {
  readonly profile: ProfileName | undefined
  readonly issuers: IssuerSettings
  readonly tenants?: TenantSettings | undefined
  readonly clockTolerance: number
  readonly maxTokenAge: number | undefined
  readonly claims: ClaimsCheck | undefined
  readonly scopeHierarchy: GrantedScopes | undefined
  readonly resourceMetadata: readonly ResourceSettings[]
  /** As given: see `createOpaqueTokens`. */
  readonly opaqueTokens: unknown
  readonly tokenProfile: 'any' | 'rfc9068'
  readonly schemes: readonly AuthScheme[]
  readonly dpop: DpopSettings
  readonly publicOrigins: readonly string[]
  readonly publicUrl: GivenBase | undefined
  readonly keys: KeySettings
  /** 0 for none. */
  readonly tokenCache: number
  readonly signatures: SignatureScheduling
  readonly realm: string
  readonly fetch: typeof globalThis.fetch
  readonly onEvent: ((event: AuthEvent) => void) | undefined
  readonly correlationId: CorrelationIdOption | undefined
  readonly formatRefusal: FormatRefusal | undefined
  readonly refusals: 'respond' | 'forward'
}

/** {@link AuthOptions}, one by one: what is told by several together is as given. */
interface ReadOptions extends Omit<
  Settings,
  'issuers' | 'schemes' | 'claims' | 'scopeHierarchy' | 'resourceMetadata' | keyof ProofOptions
> {
  readonly claims: unknown
  readonly scopeHierarchy: unknown
  readonly resourceMetadata: unknown
  readonly domain: unknown
  readonly issuer: unknown
  readonly issuers: unknown
  readonly tenants: unknown
  readonly audience: unknown
  readonly algorithms: readonly Algorithm[]
  readonly dpop: unknown
  readonly publicOrigins: unknown
  readonly publicUrl: unknown
}

const asGiven: OptionReader<unknown> = (given) => given

/** The options that an entry for Bearer tokens alone does without. */
export type ProofOptions = Pick<Settings, 'dpop' | 'publicOrigins' | 'publicUrl' | 'tenants'>

/** How they are read. @throws {TypeError} that names the option, what was given and what is wanted */
export type ProofOptionsReader = (
  given: Readonly<Record<keyof ProofOptions, unknown>>,
  defaults: Pick<TenantDefaults, 'audience' | 'algorithms'>,
) => ProofOptions

/** What not every entry reads in the same way. */
export interface OptionReaders {
  readonly readProofOptions: ProofOptionsReader
  readonly readIssuerForm: IssuerFormReader
  readonly readClaims: OptionReader<ClaimsCheck | undefined>
  readonly readScopeHierarchy: OptionReader<GrantedScopes | undefined>
  readonly readResourceMetadata: OptionReader<readonly ResourceSettings[]>
  /** Undefined where there are no profiles: the entry refuses the option. */
  readonly profile:
    | { readonly fill: (options: AuthOptions) => AuthOptions; readonly hold: (settings: Settings) => Settings }
    | undefined
}

const TABLE: OptionTable<ReadOptions> = {
  profile: (given, name) => (given === undefined ? undefined : oneOf('mcp', 'fapi2')(given, name)),
  domain: asGiven,
  issuer: asGiven,
  issuers: asGiven,
  tenants: asGiven,
  audience: asGiven,
  dpop: asGiven,
  publicOrigins: asGiven,
  publicUrl: asGiven,
  algorithms: readAlgorithms(['RS256', 'PS256', 'ES256', 'EdDSA']),
  clockTolerance: seconds(5),
  maxTokenAge: (given, name) => (given === undefined ? undefined : moreThanZero(1)(given, name)),
  claims: asGiven,
  scopeHierarchy: asGiven,
  resourceMetadata: asGiven,
  opaqueTokens: asGiven,
  tokenProfile: oneOf('any', 'rfc9068'),
  keys: readKeyOptions,
  tokenCache: readTokenCache,
  signatures: oneOf('auto', 'synchronous', 'thread-pool'),
  realm: readRealm,
  fetch: readFetch,
  onEvent: readFunction,
  correlationId: readFunction,
  formatRefusal: readFunction,
  refusals: oneOf('respond', 'forward'),
}

// Those of which the default checks no less than any value.
const MAY_BE_UNDEFINED = [
  'domain',
  'issuer',
  'issuers',
  'tenants',
  'audience',
  'tokenCache',
  'signatures',
  'realm',
  'onEvent',
  'correlationId',
  'formatRefusal',
  'refusals',
  'claims',
  'resourceMetadata',
  'opaqueTokens',
]

/** @throws {TypeError} that names the option, what was given and what is wanted. */
export function resolveOptionsBy(readers: OptionReaders, options: AuthOptions): Settings {
  const place = { name: '', wanted: 'a plain object', mayBeUndefined: MAY_BE_UNDEFINED }
  const read = readOptions(readers.profile?.fill(options) ?? options, TABLE, place)
  const { algorithms, domain, issuer, issuers, tenants, audience, ...others } = read
  const { claims, scopeHierarchy, resourceMetadata, dpop, publicOrigins, publicUrl, ...settings } = others
  const proofs = readers.readProofOptions({ dpop, publicOrigins, publicUrl, tenants }, { audience, algorithms })
  const resolved: Settings = Object.freeze({
    ...settings,
    ...proofs,
    claims: readers.readClaims(claims, 'claims'),
    scopeHierarchy: readers.readScopeHierarchy(scopeHierarchy, 'scopeHierarchy'),
    resourceMetadata: readers.readResourceMetadata(resourceMetadata, 'resourceMetadata'),
    issuers: resolveIssuers({ domain, issuer, issuers, tenants, audience }, algorithms, readers.readIssuerForm),
    schemes: acceptedSchemes(proofs.dpop.mode, false),
  })
  return readers.profile?.hold(resolved) ?? resolved
}

function readTokenCache(given: unknown, name: string): number {
  if (given === undefined) return 1000
  if (given === false) return 0
  if (typeof given === 'number' && Number.isSafeInteger(given) && given > 0) return given
  throw configurationError(name, given, 'a whole number of tokens, or false')
}

function readRealm(realm: unknown, name: string): string {
  if (realm === undefined) return 'api'
  // RFC 9110 §5.6.4 quoted-string, without the need to escape.
  if (typeof realm !== 'string' || !/^[\x20\x21\x23-\x5B\x5D-\x7E]+$/.test(realm)) {
    throw configurationError(name, realm, 'printable ASCII without quotes and backslashes')
  }
  return realm
}

function readFetch(given: unknown, name: string): Settings['fetch'] {
  // Looked up at each call, so that a fetch that is instrumented later is the one that is used.
  if (given === undefined) return (input, init) => globalThis.fetch(input, init)
  if (typeof given !== 'function') throw configurationError(name, given, 'a function')
  return given as Settings['fetch'] // whatever it takes and answers, it is called as fetch is
}

// Any of the functions that options are.
type OptionFunction = Settings['onEvent'] & Settings['correlationId'] & Settings['formatRefusal']

function readFunction(given: unknown, name: string): OptionFunction {
  if (given !== undefined && typeof given !== 'function') throw configurationError(name, given, 'a function')
  return given as OptionFunction // what it throws is caught, and what it answers is checked
}
