import type { AuthConnection, ConnectionTransport } from './connections/connection-types.js'
import type { VerifiedAccessToken } from './access-token/verified-access-token.js'
import type { AuthContext } from './outcome/auth-context.js'
import type { VerifiedProof } from './dpop/proof.js'
import type { AuthError } from './outcome/errors.js'
import type { InvalidateOptions, ReadyOptions } from './issuer/issuer-control.js'
import type { IssuerStatus } from './issuer/key-set-types.js'
import type { Readiness } from './issuer/trusted-issuers-types.js'
import type { RequirementArguments, Requirements } from './authorization/requirement-types.js'
import type { MetadataResponder, ProtectedResourceMetadata } from './metadata/protected-resources.js'
import type { ReportRow } from './report/report.js'
import type { Statistics } from './outcome/statistics.js'
import type { PlainRequest } from './request/plain-request.js'
import type { ResourceRequest } from './request/resource-request.js'
import type { ShadowReport } from './shadow/shadow-report.js'
import type { TraceRequest, TraceResponse } from './traces/trace-responder.js'
import type { Trace, TraceFilter } from './traces/trace-types.js'

/** A request that is let through. `auth` is null when it came without credentials and they are optional. */
export interface Accepted {
  readonly ok: true
  readonly auth: AuthContext | null
  /** To be sent with the answer, whatever the handler makes of the request; mostly none. */
  readonly headers: Readonly<Record<string, string>>
}

/** A request that is refused, with the whole response to refuse it with. */
export interface Refused {
  readonly ok: false
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  readonly error: AuthError
  /** Whether the framework's own error handling is to answer, by the option `refusals`: it gets `error`. */
  readonly forward: boolean
}

/** What a ticket is for. */
export interface TicketUse {
  /** Of the URL that the client will connect to, as the client has it, without query: `/ws`. */
  readonly path: string
  /** The `Origin` header of the request that buys it; undefined when it has none. */
  readonly origin: string | undefined
}

/** A ticket, as the client gets it: the body of the answer. */
export interface IssuedTicket {
  readonly ticket: string
  /** Seconds. */
  readonly expires_in: number
}

/** A DPoP proof, and what it must be for. */
export interface ProofToVerify {
  /** The value of the DPoP header; undefined when there is none, which refuses. */
  readonly proof: string | undefined
  readonly method: string
  /** The URL that the client addressed. */
  readonly url: string
  readonly accessToken: string
  /** `cnf.jkt` of the access token; undefined when it has none, which refuses. */
  readonly thumbprint: string | undefined
  /**
   * Whom the access token is of, such as its issuer and subject: its proofs count together where a replay store limits what
   * one may take. @defaultValue the thumbprint, of which a client may have many
   */
  readonly owner?: string | undefined
}

/** What a {@link ResourceServer} for Bearer tokens alone does. */
export interface BearerResourceServer {
  /**
   * Requirements of a route, from the arguments of `requireAuth`.
   * @throws {TypeError} when they are not of their form, or contradict the options
   */
  requirements(...args: RequirementArguments): Requirements
  /** Lets requests without credentials pass; bad credentials are refused all the same. */
  optional(): Requirements
  /**
   * Decides on a request. A request that was verified before, by another guard, is only held against the requirements.
   * Rejects for faults only, never for anything that a client sends, and with an Error, whatever was thrown.
   */
  authenticate(request: ResourceRequest, wanted?: Requirements): Promise<Accepted | Refused>
  /** The same, throwing what `authenticate` answers. @throws {AuthError} with status, headers and body */
  verifyRequest(request: ResourceRequest, wanted?: Requirements): Promise<AuthContext | null>
  /**
   * Verifies a token alone. This does NOT check that whoever sent it holds the key, or showed the certificate, that it is
   * bound to (`cnf`).
   *
   * @param token - undefined when the client sent none, which refuses
   * @throws {AuthError} `credentials_missing`, `credentials_malformed`, `token_invalid`, `token_expired`, `token_too_large`,
   * `issuer_unavailable`, `issuer_timeout`
   * @throws {TypeError} when it is anything else than text
   */
  verifyAccessToken(token: string | undefined): Promise<VerifiedAccessToken>
}

/** Verifies requests to a protected API. Made once, used for all of its requests. */
export interface ResourceServer extends Omit<BearerResourceServer, 'verifyRequest'> {
  /**
   * Verifies a request, an adapter's or one by its parts: a web `Request`, or `{ method, url, headers }`.
   *
   * @returns null for an anonymous request, where credentials are optional
   * @throws {AuthError} with status and headers to answer with
   */
  verifyRequest(request: ResourceRequest | PlainRequest, wanted?: Requirements): Promise<AuthContext | null>
  /**
   * Verifies a proof alone, replay included. This does NOT verify the access token.
   *
   * @throws {AuthError} `proof_*`, `key_mismatch`, `token_unbound`, `nonce_*`, `replay_unavailable`
   * @throws {TypeError} that names the parameter that is not of its type, or is no URL
   */
  verifyDpopProof(proof: ProofToVerify): Promise<VerifiedProof>
  /**
   * Keeps a connection authenticated whose handshake a guard of this resource server has let through: a WebSocket, or a stream
   * of events. It is closed with 1008 when its token expires or is revoked, unless it was renewed.
   *
   * @param request - that of the handshake, as the guard saw it. For adapters: see theirs
   * @throws {TypeError} when no guard has let it through
   */
  connection(request: ResourceRequest, transport: ConnectionTransport): AuthConnection
  /**
   * A ticket for a caller, with the option `connections`: it opens a WebSocket or a stream of events in place of a token, as
   * the query parameter `auth0_ticket`, once, within 30 seconds, on one path and for one origin.
   *
   * @param auth - of the request that buys it, which a guard has let through
   * @throws {AuthError} `credentials_malformed` for a path that is none; `ticket_unavailable`
   * @throws {TypeError} without that option
   */
  issueTicket(auth: AuthContext, use: TicketUse): Promise<IssuedTicket>
  /**
   * Holds a token that was accepted against the clock and the option `revocation` again: for what lasts longer than a request.
   *
   * @throws {AuthError} `token_expired`, `token_revoked`, `revocation_unavailable`
   */
  recheck(auth: AuthContext): Promise<void>
  /**
   * What this resource server enforces, row by row, with who decided it and the clause that demands it. No secrets. For the
   * operator: see `reportText`, and `expectReport` of `@acme/auth-core/review`.
   */
  report(): readonly ReportRow[]
  /** What was counted since it was made, tenants together: for metrics. Costs little, but not for each request. */
  statistics(): Statistics
  /**
   * Which clients the settings that are tried would refuse (`shadow`, of the options and of requirements), and why: of the
   * requests that this process accepted. For the operator: see `shadowTable`.
   */
  shadowReport(): ShadowReport
  /** Begins to count anew. */
  resetShadow(): void
  /**
   * Why a request was refused, by the correlation id of its answer, with the option `traces`: of this process, or of its
   * store. Undefined where none is kept. For the operator: see `explanationText`.
   *
   * @throws {Error} what the store throws, where this process knows nothing of it
   */
  trace(correlationId: string): Promise<Trace | undefined>
  /** Those of this process, the latest first: all, or those of a client, say. */
  traces(filter?: TraceFilter): readonly Trace[]
  /**
   * Answers an operator's request for one trace, or for a list of the latest. For adapters: see their `traceRoute()`.
   *
   * @throws {Error} when no guard has let the request through
   */
  traceResponse(request: TraceRequest): Promise<TraceResponse>
  /** The identifiers of `resourceMetadata`: none where it is not given. */
  readonly resources: readonly string[]
  /**
   * The metadata of a resource, to be served at its well-known path (RFC 9728 §3). `metadataRoute()` of the adapters does.
   *
   * @param resource - @defaultValue the first of `resourceMetadata`
   * @throws {TypeError} when no such resource is configured
   */
  protectedResourceMetadata(resource?: string): Promise<ProtectedResourceMetadata>
  /** Answers requests for metadata. For adapters. @throws {TypeError} when no resource is configured */
  metadataResponder(): MetadataResponder
  /** Fetches the keys of the listed issuers, at start-up. @throws {AuthError} when one cannot be reached */
  preload(): Promise<void>
  /**
   * Whether tokens can be verified, for readiness endpoints: fetches the keys that are due, once for all concurrent calls
   * and not during a pause after a failure, and waits for them, `keys.timeout` at most. Needs no request before it. What it
   * answers may be shown to strangers. With a function as `issuers` there is nothing to wait for: always ready.
   */
  ready(options?: ReadyOptions): Promise<Readiness>
  /** What is known of each issuer's keys, without fetching anything: for the operator, since it names URLs. */
  issuerStatus(): readonly IssuerStatus[]
  /**
   * Has the keys of an issuer, or of all, fetched anew by the next request, tokens verified anew, and a function asked
   * anew. Until that succeeds the keys serve as stale ones, unless they are dropped.
   *
   * @returns whether there is such an issuer
   * @throws {TypeError} when an argument is not of its form
   */
  invalidate(issuer?: string, options?: InvalidateOptions): boolean
}
