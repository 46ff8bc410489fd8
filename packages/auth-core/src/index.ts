export { createResourceServer } from './resource-server.js'
export type { ResourceServerDependencies } from './assemble.js'
export type {
  MetadataRequest,
  MetadataResponder,
  MetadataResponse,
  ProtectedResourceMetadata,
} from './metadata/protected-resources.js'
export type { ResourceMetadataOptions } from './metadata/metadata-options.js'
export type { WebCryptoKey } from './metadata/sign-metadata.js'
export type {
  AuthConnection,
  ConnectionMessages,
  ConnectionOptions,
  ConnectionTransport,
  RenewalCredentials,
} from './connections/connection-types.js'
export type { TicketStore } from './connections/ticket-store.js'
export { createEpochs } from './revocation/epochs.js'
export type { EpochOptions, Epochs } from './revocation/epochs.js'
export { memoryRevocations } from './revocation/memory-revocations.js'
export type { MemoryRevocations } from './revocation/memory-revocations.js'
export type {
  RevocableToken,
  RevocationAnswer,
  RevocationListener,
  RevocationSource,
  RevokedTokens,
} from './revocation/revocation-source.js'
export type {
  Accepted,
  IssuedTicket,
  ProofToVerify,
  Refused,
  ResourceServer,
  TicketUse,
} from './resource-server-types.js'
export type { DpopMode } from './dpop/mode.js'
export type { DpopOptions } from './options/dpop-options.js'
export type { CertificateFormat, CertificateHeaderOptions, MtlsOptions } from './mtls/mtls-options.js'
export { requirementsOfMessage } from './profile/requirements-of-message.js'
export type { MessageRequirements } from './profile/requirements-of-message.js'
export type { ProfileName } from './profile/profiles.js'
export type { AuthOptions } from './options/auth-options.js'
export type { KeyOptions } from './issuer/key-options.js'
export type { Algorithm } from './crypto/algorithms.js'
export type { IssuerAnswer, IssuerOptions, IssuerResolver } from './issuer/issuer-options.js'
export type {
  ListedTenantOptions,
  TenantAnswer,
  TenantOptions,
  TenantRequest,
  TenantsByRequest,
} from './tenants/tenant-types.js'
export type { AudienceFromOptions } from './issuer/audience-options.js'
export type { IssuerPreset } from './issuer/presets.js'
export type {
  ClaimLocation,
  ClaimLocations,
  ClaimMarkOptions,
  ClaimNames,
  TokenShapeOptions,
} from './issuer/shape-options.js'
export type { InvalidateOptions, ReadyOptions } from './issuer/issuer-control.js'
export type { Readiness } from './issuer/trusted-issuers-types.js'
export { environmentResourceServer, optionsFromEnvironment } from './options/environment.js'
export { onceForEqual } from './options/equal-options.js'
export type { AuthContext } from './outcome/auth-context.js'
export type { OnBehalfOf, OnBehalfOfRequest, OnBehalfOfTarget } from './outcome/on-behalf-of.js'
export type { AccessTokenClaims } from './access-token/claims.js'
export type { OpaqueTokenContext, OpaqueTokenVerifier } from './access-token/opaque-tokens.js'
export type { VerifiedAccessToken } from './access-token/verified-access-token.js'
export type { VerifiedProof } from './dpop/proof.js'
export { optional, requirements } from './authorization/all-requirements.js'
export type {
  AuthorizationDetailRequirement,
  AuthorizationRequest,
  Authorize,
  ClaimAtPath,
  ClaimRequirement,
  ClaimValue,
  NestedRequirement,
  RequirementArguments,
  RequirementOptions,
  Requirements,
} from './authorization/requirement-types.js'
export { policyEngine } from './authorization/policy-engine.js'
export type { PolicyEngineOptions } from './authorization/policy-engine.js'
export { reportText } from './report/report.js'
export type { ReportRow, ReportValue } from './report/report.js'
export type { ShadowDpopOptions, ShadowOptions } from './shadow/shadow-options.js'
export { shadowTable } from './shadow/shadow-report.js'
export type { ShadowAnswer, ShadowReport, ShadowRow } from './shadow/shadow-report.js'
export { explain } from './traces/explain.js'
export { explanationText } from './traces/explanation-text.js'
export type { TraceOptions } from './traces/trace-options.js'
export type { TraceRequest, TraceResponse } from './traces/trace-responder.js'
export type { Trace, TraceCheck, TraceFilter, TraceStore } from './traces/trace-types.js'
export { diffReports } from './report/diff-reports.js'
export type { ReportDifference } from './report/diff-reports.js'
export { describeRequirements } from './policy/describe-requirements.js'
export { guardMark, markGuard, publicMark } from './policy/guard-mark.js'
export type { GuardMark } from './policy/guard-mark.js'
export type { AuthorizationDetail } from './authorization/authorization-details.js'
export type { Actor } from './authorization/delegation.js'
export type { StandardSchema } from './util/standard-schema.js'
export { AuthError, isAuthError } from './outcome/errors.js'
export type { AuthErrorOptions, AuthErrorReason, AuthScheme } from './outcome/errors.js'
export { asFault } from './outcome/fault.js'
export type {
  AuthEvent,
  ConnectionEvent,
  DecisionEvent,
  IntrospectionEvent,
  KeysEvent,
  RevocationEvent,
  WarningEvent,
} from './outcome/events.js'
export type { Statistics } from './outcome/statistics.js'
export type { OpaqueTokenStatistics } from './access-token/opaque-tokens.js'
export type { TokenCacheStatistics } from './access-token/token-cache.js'
export type { ReplayStatistics } from './dpop/replay/replay.js'
export type { IssuerStatus } from './issuer/key-set-types.js'
export type { SignatureScheduling } from './crypto/types.js'
export { memoryReplayStore } from './dpop/replay/memory-replay-store.js'
export type { MemoryReplayStoreOptions } from './dpop/replay/memory-replay-store.js'
export type { NonceOptions } from './options/nonce-options.js'
export type { ProofSender, ReplayResult, ReplayStore } from './dpop/replay/replay-store.js'
export type { PlainHeader, PlainRequest } from './request/plain-request.js'
export type { ApplicationHeader, RequestLog, ResourceRequest } from './request/resource-request.js'
export type { CorrelationIdOption } from './request/correlation-id.js'
export type { FormatRefusal, Refusal, RefusalBody } from './outcome/refusal-body.js'
export type { ClaimsSchema } from './access-token/claims-schema.js'
export { EVENT_STREAM_HEADERS, openEventStream } from './connections/event-stream.js'
export type { EventSink, EventStream, EventStreamOptions, OpenedEventStream } from './connections/event-stream.js'
export { selectSubprotocol, webSocketTransport } from './connections/web-socket.js'
export type { ConnectionSocket } from './connections/web-socket.js'
export { withoutTicket } from './connections/without-ticket.js'
