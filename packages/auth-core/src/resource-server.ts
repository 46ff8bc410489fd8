import { createOpaqueTokens } from './access-token/opaque-tokens.js'
import { createTokenCache } from './access-token/token-cache.js'
import { assemble } from './assemble.js'
import type { Admission, Assembly, Judging, OptionalParts, ResourceServerDependencies } from './assemble.js'
import { optional, requirements } from './authorization/all-requirements.js'
import type { Requirements } from './authorization/requirement-types.js'
import { createConnectionPolicy } from './connections/connection-policy.js'
import { createConnections } from './connections/connections.js'
import { decide, NO_HEADERS } from './decide.js'
import { directProofs, directTokens } from './direct-verification.js'
import { acceptedSchemes } from './dpop/mode.js'
import { createProofVerifier } from './dpop/proof-verifier.js'
import { fakeCaller } from './fake-caller.js'
import { neededScopes } from './authorization/unmet-requirement.js'
import { metadataControl } from './metadata/metadata-control.js'
import { createProtectedResources } from './metadata/protected-resources.js'
import { createCertificatePolicy } from './mtls/client-certificate.js'
import { issuerControl } from './issuer/issuer-control.js'
import { resolvedIssuers } from './issuer/resolved-issuers.js'
import type { AuthOptions } from './options/auth-options.js'
import { countResourceServer } from './many-servers.js'
import { ALL_OPTIONS } from './options/all-options.js'
import { refuseSuspicious, warnOfTolerance } from './options/suspicious-options.js'
import { createRefusals } from './outcome/challenge.js'
import { isAuthError } from './outcome/errors.js'
import { createDecisionReports } from './outcome/decision-reports.js'
import type { RefusedRequest } from './outcome/decision-reports.js'
import { EXPLANATIONS } from './outcome/explain.js'
import { asFault } from './outcome/fault.js'
import { formattedBody } from './outcome/format-refusal.js'
import { callOnBehalf } from './outcome/on-behalf-of.js'
import { decisionLogs } from './outcome/refusal-log.js'
import { sentCredentials, sentScheme } from './request/credentials.js'
import { createRevocation } from './revocation/revocation.js'
import { createTenants, needsRequest } from './tenants/tenants.js'
import { recheck } from './recheck.js'
import { reportOf } from './report/report.js'
import type { ReportRow } from './report/report.js'
import { statisticsOf } from './outcome/statistics.js'
import { correlationId } from './request/correlation-id.js'
import { asResourceRequest } from './request/plain-request.js'
import type { ResourceRequest } from './request/resource-request.js'
import { createShadow, shadowControl } from './shadow/shadow.js'
import { traceControl } from './traces/trace-control.js'
import { isPending } from './util/maybe-promise.js'
import type { Accepted, BearerResourceServer, Refused, ResourceServer } from './resource-server-types.js'

/**
 * Makes the resource server of an API: verifies access tokens (RFC 9068, RFC 6750) and DPoP proofs (RFC 9449), and says how
 * to refuse. Make one when the application starts.
 *
 * @throws {TypeError} that names the option, what was given and what is wanted
 * @example
 * ```ts
 * import { createResourceServer } from '@acme/auth-core'
 *
 * const resourceServer = createResourceServer({
 *   issuer: 'https://tenant.example.com/',
 *   audience: 'https://api.example.com',
 * })
 * const mayRead = resourceServer.requirements('read:messages')
 * ```
 */
export function createResourceServer(
  options: AuthOptions,
  dependencies: ResourceServerDependencies = {},
): ResourceServer {
  refuseSuspicious(options)
  const assembly = assemble(options, dependencies, ALL_PARTS)
  warnOfTolerance(assembly.settings)
  countResourceServer(assembly.settings.onEvent)
  const report = (): readonly ReportRow[] =>
    reportOf(assembly.settings, options, assembly.decisions.token.revocation?.states())
  const { logs, record, ...traces } = traceControl(assembly, report)
  const judged = judge({ ...assembly, logs })
  const connections = createConnections(assembly, record)
  const control = issuerControl(assembly.issuers, assembly.decisions.token)
  return {
    ...judged,
    verifyRequest: (request, wanted) => judged.verifyRequest(asResourceRequest(request), wanted),
    ...directProofs(assembly.decisions.verifyProof),
    ...metadataControl(assembly.resources),
    report,
    statistics: () => statisticsOf(assembly.decisions),
    ...shadowControl(assembly.shadow),
    ...traces,
    ...control,
    connection: connections.connection,
    issueTicket: connections.issueTicket,
    invalidate(issuer, how) {
      const found = control.invalidate(issuer, how)
      // A thief of the key may be connected.
      if (found && how?.drop === true) connections.reverify(issuer)
      return found
    },
    recheck: (auth) => recheck(auth, assembly.decisions.token),
    ...(assembly.tenants !== undefined && { verifyAccessToken: needsRequest }),
  }
}

const ALL_PARTS: OptionalParts = {
  options: ALL_OPTIONS,
  demands: { requirements, optional },
  proofVerifier: createProofVerifier,
  resolvedIssuers,
  fakeCaller,
  tenants: createTenants,
  formattedBody,
  logs: decisionLogs,
  explain: EXPLANATIONS,
  resources: createProtectedResources,
  certificates: createCertificatePolicy,
  revocation: createRevocation,
  connections: createConnectionPolicy,
  onBehalfOf: callOnBehalf,
  opaqueTokens: createOpaqueTokens,
  tokenCache: createTokenCache,
  shadow: createShadow,
}

/** Judges requests by the parts of a resource server: decides, and renders what is refused. */
export function judge(assembly: Assembly): BearerResourceServer {
  const { settings, decisions, logs, bodyOf, demands, resources, tenants, admissions, shadow } = assembly
  const own: Judging = { decisions, refusals: createRefusals(settings, bodyOf) }
  const reports = createDecisionReports(settings, logs)
  const anyToken = demands.requirements()

  async function authenticate(request: ResourceRequest, wanted = anyToken): Promise<Accepted | Refused> {
    const started = reports.start()
    let judging = own
    try {
      if (tenants !== undefined) judging = await tenants.judging(request, wanted)
      const { auth, headers, unmet } = await decide(request, wanted, judging.decisions)
      if (unmet !== undefined) return refuse(request, wanted, { error: unmet, auth, started }, judging)
      const { decisions: by } = judging
      admit(request, { auth, wanted: [wanted], decisions: by })
      const tries = settings.shadow !== undefined || wanted.shadow !== undefined
      const tried = tries ? shadow?.answer({ request, auth, decisions: by }, wanted) : undefined
      reports.accepted(request, started, auth, isPending(tried) ? await tried : tried)
      return { ok: true, auth, headers }
    } catch (error) {
      // A fault or a bug: the framework's to report. Always an Error, never a 401 and never a pass.
      if (!isAuthError(error)) throw asFault(error)
      const sent = sentCredentials(request) || judging.decisions.connections?.sentCredentials(request) === true
      if (!wanted.optional || error.reason !== 'credentials_missing' || sent) {
        return refuse(request, wanted, { error, auth: undefined, started }, judging)
      }
      reports.anonymous(request, started, judging.decisions.tenant)
      admit(request, { auth: null, wanted: [wanted], decisions: judging.decisions })
      return { ok: true, auth: null, headers: NO_HEADERS }
    }
  }

  /** Several guards of a request add up, for the same caller. */
  function admit({ identity }: ResourceRequest, admission: Admission): void {
    const before = admissions?.get(identity)
    const same = before !== undefined && before.auth === admission.auth
    // One that sees it again and again, as guards of messages do, adds nothing.
    const wanted = same ? [...new Set([...before.wanted, ...admission.wanted])] : admission.wanted
    admissions?.set(identity, { ...admission, wanted })
  }

  function refuse(
    request: ResourceRequest,
    wanted: Requirements,
    refused: RefusedRequest,
    { decisions: { tenant }, refusals }: Judging,
  ): Refused {
    const { error } = refused
    decisions.token.explain?.advise(error, request)
    resources?.note(wanted)
    error.scheme ??= sentScheme(request)
    error.correlationId = correlationId(request, settings.correlationId)
    const response = refusals.render(error, {
      dpopRequired: wanted.dpopRequired,
      scope: error.reason === 'credentials_missing' ? neededScopes(wanted).join(' ') : '',
      metadataUrl: resources?.metadataUrlOf(request),
    })
    reports.refused(request, error.correlationId, { ...refused, tenant })
    return { ok: false, ...response, error, forward: settings.refusals === 'forward' }
  }

  return {
    requirements(...args) {
      const wanted = demands.requirements(...args)
      // Throws where DPoP is disabled.
      acceptedSchemes(decisions.mode, wanted.dpopRequired || wanted.shadow?.dpopRequired === true)
      resources?.note(wanted)
      return wanted
    },
    optional: demands.optional,
    authenticate,
    async verifyRequest(request, wanted) {
      const outcome = await authenticate(request, wanted)
      if (!outcome.ok) throw outcome.error
      return outcome.auth
    },
    ...directTokens(decisions.token),
  }
}
