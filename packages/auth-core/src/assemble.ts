import type { RequirementsMaker } from './authorization/requirements.js'
import type { Requirements } from './authorization/requirement-types.js'
import { asGranted } from './authorization/scope-hierarchy.js'
import type { createOpaqueTokens } from './access-token/opaque-tokens.js'
import { createParsedHeaders } from './access-token/parsed-headers.js'
import type { TokenCache } from './access-token/token-cache.js'
import type { createConnectionPolicy } from './connections/connection-policy.js'
import type { DecisionPolicy } from './decide.js'
import type { ProofDependencies, ProofVerifier } from './dpop/proof-verifier.js'
import type { ReplayStore } from './dpop/replay/replay-store.js'
import { createTrustedIssuers } from './issuer/trusted-issuers.js'
import type { ProtectedResources } from './metadata/protected-resources.js'
import type { createCertificatePolicy } from './mtls/client-certificate.js'
import type { IssuersPolicy, ResolvedIssuers, TrustedIssuers } from './issuer/trusted-issuers-types.js'
import { resolveOptionsBy } from './options/options.js'
import type { AuthOptions } from './options/auth-options.js'
import type { OptionReaders, Settings } from './options/options.js'
import type { createRefusals } from './outcome/challenge.js'
import type { AuthContext } from './outcome/auth-context.js'
import { emit, warn } from './outcome/events.js'
import type { AuthError } from './outcome/errors.js'
import type { callOnBehalf } from './outcome/on-behalf-of.js'
import { usualBody } from './outcome/refusal-body.js'
import type { FormatRefusal, SentBody } from './outcome/refusal-body.js'
import type { Explanations } from './outcome/explanations.js'
import type { DecisionLogs } from './outcome/refusal-log.js'
import type { AuthEvent, WarningEvent } from './outcome/events.js'
import type { createShadow, Shadow } from './shadow/shadow.js'
import type { ResourceRequest } from './request/resource-request.js'
import type { createRevocation } from './revocation/revocation.js'
import type { MaybePromise } from './util/maybe-promise.js'
import { createRequestMemo } from './request/request-memo.js'
import type { RequestMemo } from './request/request-memo.js'

/** What an adapter, or a test, gives beside the options. */
export interface ResourceServerDependencies {
  /** Seconds since the epoch. @defaultValue the system clock */
  readonly now?: () => number
  /** Where the options name no store: one that several resource servers share. @defaultValue a store in memory */
  readonly replay?: ReplayStore
}

/** The parts of a resource server. */
export interface Assembly {
  readonly settings: Settings
  readonly issuers: TrustedIssuers
  readonly decisions: DecisionPolicy
  readonly logs: DecisionLogs | undefined
  readonly tenants: Tenants | undefined
  readonly bodyOf: (error: AuthError) => SentBody
  readonly demands: DemandMakers
  readonly resources: ProtectedResources | undefined
  /** Undefined where no connections are kept. */
  readonly admissions: RequestMemo<Admission> | undefined
  readonly shadow: Shadow | undefined
}

/** What a request was let through by, and for: kept on it, for a connection that it opens. */
export interface Admission {
  readonly auth: AuthContext | null
  /** Of all guards that have seen it. */
  readonly wanted: readonly Requirements[]
  readonly decisions: DecisionPolicy
}

/** How an entry resolves what a guard demands. */
export interface DemandMakers {
  readonly requirements: RequirementsMaker
  readonly optional: () => Requirements
}

/** What the requests of a tenant, or all where there are none, are decided and refused by. */
export interface Judging {
  readonly decisions: DecisionPolicy
  readonly refusals: ReturnType<typeof createRefusals>
}

/** The tenants of a resource server. */
export interface Tenants {
  /** Those of all tenants, for the operator. */
  readonly issuers: TrustedIssuers
  /** @throws {AuthError} `tenant_unavailable` */
  judging(request: ResourceRequest, wanted: Requirements): MaybePromise<Judging>
}

/** What an entry for Bearer tokens alone is not bundled with. */
export interface OptionalParts {
  readonly proofVerifier: (settings: Settings, dependencies: ProofDependencies) => ProofVerifier
  readonly resolvedIssuers: ResolvedIssuers
  readonly options: OptionReaders
  readonly demands: DemandMakers
  readonly tenants?: (settings: Settings, shared: TenantsPolicy) => Tenants | undefined
  readonly formattedBody: ((format: FormatRefusal, error: AuthError) => SentBody) | undefined
  readonly fakeCaller: DecisionPolicy['fakeCaller']
  readonly logs: DecisionLogs | undefined
  readonly explain: Explanations | undefined
  readonly resources:
    | ((settings: Settings, issuers: () => readonly string[]) => ProtectedResources | undefined)
    | undefined
  readonly certificates: typeof createCertificatePolicy | undefined
  readonly revocation: typeof createRevocation | undefined
  /** Undefined where no connections are kept. */
  readonly connections: typeof createConnectionPolicy | undefined
  readonly onBehalfOf: typeof callOnBehalf | undefined
  readonly opaqueTokens: typeof createOpaqueTokens | undefined
  readonly tokenCache: ((size: number) => TokenCache) | undefined
  readonly shadow: typeof createShadow | undefined
}

/** What tenants share. */
export interface TenantsPolicy {
  readonly decisions: DecisionPolicy
  readonly issuers: IssuersPolicy
  readonly bodyOf: Assembly['bodyOf']
}

/** @throws {TypeError} that names the option, what was given and what is wanted */
export function assemble(
  options: AuthOptions,
  { now = () => Date.now() / 1000, replay }: ResourceServerDependencies,
  parts: OptionalParts,
): Assembly {
  const { explain, fakeCaller, formattedBody, logs } = parts
  const settings = resolveOptionsBy(parts.options, options)
  const { clockTolerance, dpop, signatures, tokenProfile, onEvent } = settings
  const verifyProof = parts.proofVerifier(settings, { now, replay })
  const policy = {
    ...settings.keys,
    fetch: settings.fetch,
    now,
    report: (event: AuthEvent): void => emit(onEvent, event),
    warn: (event: WarningEvent): void => warn(event, onEvent),
  }
  const issuers = createTrustedIssuers(settings.issuers, policy, parts.resolvedIssuers)
  const revocation = parts.revocation?.(settings.revocation, { report: policy.report, now })
  const held = {
    revocation,
    issuers,
    tokenProfile,
    clockTolerance,
    maxTokenAge: settings.maxTokenAge,
    checkClaims: settings.claims,
    now,
    signatures,
    headers: createParsedHeaders(),
    explain,
    cache: settings.tokenCache === 0 ? undefined : parts.tokenCache?.(settings.tokenCache),
  }
  // Whose tenant's tokens they are, nobody could tell.
  if (settings.tenants !== undefined && settings.opaqueTokens !== undefined) {
    throw new TypeError('opaqueTokens: cannot be used with tenants')
  }
  const opaque = parts.opaqueTokens?.(settings.opaqueTokens, { ...held, fetch: policy.fetch, report: policy.report })
  const token = { ...held, opaque }
  const { formatRefusal: format } = settings
  const bodyOf = format === undefined || formattedBody === undefined ? usualBody : formattedBody.bind(undefined, format)
  const grantedScopes = settings.scopeHierarchy ?? asGranted
  const decisions: DecisionPolicy = {
    mode: dpop.mode,
    tenant: undefined,
    token,
    verifyProof,
    certificates: parts.certificates?.(settings.mtls),
    onBehalfOf: settings.onBehalfOf && parts.onBehalfOf?.(settings.onBehalfOf, grantedScopes),
    connections: parts.connections?.(settings, now),
    callers: createRequestMemo(),
    fakeCaller,
    grantedScopes,
  }
  const tenants = parts.tenants?.(settings, { decisions, issuers: policy, bodyOf })
  const known = tenants?.issuers ?? issuers
  const resources = parts.resources?.(settings, () => known.configured().map(({ trusted }) => trusted.issuer))
  const admissions = parts.connections && createRequestMemo<Admission>()
  const shadow = parts.shadow?.(settings, now)
  const { demands } = parts
  return { admissions, bodyOf, settings, issuers: known, decisions, tenants, logs, demands, resources, shadow }
}
