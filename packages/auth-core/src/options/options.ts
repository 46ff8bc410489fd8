import type { GrantedScopes } from '../authorization/scope-hierarchy.js'
import type { ClaimsCheck } from '../access-token/claims-schema.js'
import type { ResourceSettings } from '../metadata/metadata-options.js'
import type { ConnectionSettings } from '../connections/connection-options.js'
import { readAlgorithms } from '../crypto/algorithms.js'
import type { Algorithm } from '../crypto/algorithms.js'
import type { SignatureScheduling } from '../crypto/types.js'
import { acceptedSchemes } from '../dpop/mode.js'
import type { AuthScheme } from '../outcome/errors.js'
import type { AuthEvent } from '../outcome/events.js'
import type { OnBehalfOf } from '../outcome/on-behalf-of.js'
import type { FormatRefusal } from '../outcome/refusal-body.js'
import type { CorrelationIdOption } from '../request/correlation-id.js'
import { resolveIssuers } from '../issuer/resolve-issuers.js'
import type { IssuerFormReader } from '../issuer/resolve-issuers.js'
import type { IssuerSettings } from '../issuer/issuer-options.js'
import type { TenantDefaults, TenantSettings } from '../tenants/tenant-types.js'
import { readKeyOptions } from '../issuer/key-options.js'
import type { KeySettings } from '../issuer/key-options.js'
import type { GivenBase } from './public-url-option.js'
import type { MtlsSettings } from '../mtls/mtls-options.js'
import type { RevocationSettings } from '../revocation/read-sources.js'
import type { ProfileName } from '../profile/profiles.js'
import type { ShadowSettings } from '../shadow/shadow-options.js'
import type { TraceSettings } from '../traces/trace-options.js'
import type { DpopSettings } from './dpop-options.js'
import type { AuthOptions } from './auth-options.js'
import { configurationError } from './option-checks.js'
import { moreThanZero, oneOf, readOptions, seconds } from './read-options.js'
import type { OptionReader, OptionTable } from './read-options.js'

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
  readonly mtls: MtlsSettings | undefined
  readonly revocation: RevocationSettings
  readonly connections: ConnectionSettings | undefined
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
  readonly onBehalfOf: OnBehalfOf | undefined
  readonly shadow: ShadowSettings | undefined
  /** Undefined: none are kept. */
  readonly traces: TraceSettings | undefined
}

/** {@link AuthOptions}, one by one: what is told by several together is as given. */
interface ReadOptions extends Omit<
  Settings,
  | 'issuers'
  | 'schemes'
  | 'claims'
  | 'scopeHierarchy'
  | 'resourceMetadata'
  | 'mtls'
  | 'onBehalfOf'
  | 'revocation'
  | 'connections'
  | 'shadow'
  | 'traces'
  | keyof ProofOptions
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
  readonly mtls: unknown
  readonly revocation: unknown
  readonly connections: unknown
  readonly onBehalfOf: unknown
  readonly shadow: unknown
  readonly traces: unknown
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
  readonly readOnBehalfOf: OptionReader<OnBehalfOf | undefined>
  readonly readShadow: OptionReader<ShadowSettings | undefined>
  readonly readTraces: OptionReader<TraceSettings | undefined>
  readonly readMtls: OptionReader<MtlsSettings | undefined>
  readonly readRevocation: OptionReader<RevocationSettings>
  readonly readConnections: OptionReader<ConnectionSettings | undefined>
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
  mtls: asGiven,
  revocation: asGiven,
  connections: asGiven,
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
  onBehalfOf: asGiven,
  shadow: asGiven,
  traces: asGiven,
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
  'onBehalfOf',
  'connections',
  'refusals',
  'claims',
  'resourceMetadata',
  'opaqueTokens',
  'shadow',
  'traces',
]

/** @throws {TypeError} that names the option, what was given and what is wanted. */
export function resolveOptionsBy(readers: OptionReaders, options: AuthOptions): Settings {
  const place = { name: '', wanted: 'a plain object', mayBeUndefined: MAY_BE_UNDEFINED }
  const read = readOptions(readers.profile?.fill(options) ?? options, TABLE, place)
  const { algorithms, domain, issuer, issuers, tenants, audience, ...others } = read
  const { claims, scopeHierarchy, resourceMetadata, mtls, onBehalfOf, revocation, connections, ...more } = others
  const { shadow, traces, ...rest } = more
  const { dpop, publicOrigins, publicUrl, ...settings } = rest
  const proofs = readers.readProofOptions({ dpop, publicOrigins, publicUrl, tenants }, { audience, algorithms })
  const resolved: Settings = Object.freeze({
    ...settings,
    ...proofs,
    claims: readers.readClaims(claims, 'claims'),
    scopeHierarchy: readers.readScopeHierarchy(scopeHierarchy, 'scopeHierarchy'),
    resourceMetadata: readers.readResourceMetadata(resourceMetadata, 'resourceMetadata'),
    mtls: readers.readMtls(mtls, 'mtls'),
    revocation: readers.readRevocation(revocation, 'revocation'),
    connections: readers.readConnections(connections, 'connections'),
    onBehalfOf: readers.readOnBehalfOf(onBehalfOf, 'onBehalfOf'),
    shadow: readers.readShadow(shadow, 'shadow'),
    traces: readers.readTraces(traces, 'traces'),
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
