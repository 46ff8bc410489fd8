import { sha256 } from '#crypto'

import { verifyAccessToken } from './access-token/access-token.js'
import type { AccessTokenPolicy } from './access-token/access-token.js'
import type { GrantedScopes } from './authorization/scope-hierarchy.js'
import { unmetRequirement } from './authorization/unmet-requirement.js'
import type { Requirements } from './authorization/requirement-types.js'
import type { ConnectionPolicy } from './connections/connection-policy.js'
import { requireBinding, requireScheme } from './dpop/binding.js'
import { acceptedSchemes } from './dpop/mode.js'
import type { DpopMode } from './dpop/mode.js'
import { nonceHeaders } from './dpop/nonce-headers.js'
import { proofOwner } from './dpop/proof-owner.js'
import type { ProofVerifier } from './dpop/proof-verifier.js'
import { FAKE } from './fake-caller.js'
import { TokenAuthContext } from './outcome/auth-context.js'
import type { CertificatePolicy } from './mtls/client-certificate.js'
import type { AuthContext } from './outcome/auth-context.js'
import type { AuthError } from './outcome/errors.js'
import type { CallOnBehalf } from './outcome/on-behalf-of.js'
import { readCredentials } from './request/credentials.js'
import type { RequestMemo } from './request/request-memo.js'
import { headerValues } from './request/resource-request.js'
import type { ResourceRequest } from './request/resource-request.js'
import type { Accepted } from './resource-server-types.js'
import { isPending } from './util/maybe-promise.js'
import type { MaybePromise } from './util/maybe-promise.js'

/** What requests are decided by. Made once for a resource server. */
export interface DecisionPolicy {
  readonly mode: DpopMode
  /** The tenant that the requests are for, where there are several. */
  readonly tenant: string | undefined
  readonly token: AccessTokenPolicy
  readonly verifyProof: ProofVerifier
  /** Undefined where tokens that are bound to a certificate are refused. */
  readonly certificates: CertificatePolicy | undefined
  /** How connections are opened by clients that send no header; undefined where credentials come in a header alone. */
  readonly connections: ConnectionPolicy | undefined
  /** How other services are called for a caller; undefined where they are not. */
  readonly onBehalfOf: CallOnBehalf | undefined
  /** Who sends a request, once that is verified. */
  readonly callers: RequestMemo<Caller>
  /** Who a test says sends every request. */
  readonly fakeCaller:
    | ((tenant: string | undefined, onBehalfOf: CallOnBehalf | undefined) => AuthContext | undefined)
    | undefined
  /** What granted scopes imply. */
  readonly grantedScopes: GrantedScopes
}

/** Who sends a request, and what the answer carries beside the handler's own headers. */
export interface Caller {
  readonly auth: AuthContext
  readonly headers: Accepted['headers']
  /** The ticket that it came with, which is used up. */
  readonly ticket?: string
}

/** `unmet`: why the caller, who is who they say, may not do this; undefined when they may. */
export interface Decision extends Caller {
  readonly unmet: AuthError | undefined
}

export const NO_HEADERS: Accepted['headers'] = Object.freeze({})

/**
 * Decides on a request: credentials, token, binding, proof, requirements. Awaits only what is pending: each promise costs as
 * much as a check.
 *
 * @throws {AuthError} when it does not come to requirements
 */
export async function decide(
  request: ResourceRequest,
  wanted: Requirements,
  policy: DecisionPolicy,
): Promise<Decision> {
  const fake = FAKE in globalThis ? policy.fakeCaller?.(policy.tenant, policy.onBehalfOf) : undefined
  if (fake !== undefined) return withRequirements({ auth: fake, headers: NO_HEADERS }, wanted, request, policy)
  const byTicket = policy.connections?.callerByTicket(request, wanted, policy)
  if (byTicket !== undefined) return withRequirements(await byTicket, wanted, request, policy)
  const credentials = policy.connections?.credentialsOf(request) ?? readCredentials(request)
  const { scheme, token } = credentials
  requireScheme(credentials, acceptedSchemes(policy.mode, wanted.dpopRequired))
  // Verified by a guard before this one, by the same credentials: others on the same request are another question.
  const caller = policy.callers.get(request.identity)
  if (caller?.auth.scheme === scheme && caller.auth.token === token)
    return withRequirements(caller, wanted, request, policy)

  // A proof names the hash of its token (RFC 9449 §4.2); without a proof only the cache may need it.
  const hash = scheme === 'DPoP' ? sha256(token) : undefined
  const digest = isPending(hash) ? await hash : hash
  const verified = verifyAccessToken({ token, digest }, policy.token)
  const accessToken = isPending(verified) ? await verified : verified

  const proofs = headerValues(request, 'dpop')
  const { certificates, onBehalfOf, tenant } = policy
  const { thumbprint, certificate } = requireBinding(accessToken.claims, {
    scheme,
    hasProof: proofs.length > 0,
    certificates,
  })
  if (certificate !== undefined) {
    const checked = certificates?.check(request, certificate)
    if (isPending(checked)) await checked
  }
  const presented = { scheme, token, thumbprint, certificateThumbprint: certificate, tenant, onBehalfOf }
  const auth = new TokenAuthContext(accessToken, presented)

  let headers = NO_HEADERS
  if (thumbprint !== undefined) {
    const target = { method: request.method, request, tokenHash: digest, thumbprint, owner: proofOwner(auth) }
    const { nextNonce } = await policy.verifyProof(proofs, target)
    if (nextNonce !== undefined) headers = nonceHeaders(nextNonce)
  }
  policy.callers.set(request.identity, { auth, headers })
  return withRequirements({ auth, headers }, wanted, request, policy)
}

function withRequirements(
  { auth, headers }: Caller,
  wanted: Requirements,
  request: ResourceRequest,
  { token, grantedScopes }: DecisionPolicy,
): MaybePromise<Decision> {
  const { clockTolerance } = token
  const judged = unmetRequirement(auth, wanted, { now: token.now(), clockTolerance, request, grantedScopes })
  if (judged === undefined) return { auth, headers, unmet: judged }
  const decided = (unmet: AuthError | undefined): Decision => {
    if (unmet !== undefined) token.explain?.unmet(unmet, auth, wanted)
    return { auth, headers, unmet }
  }
  return isPending(judged) ? judged.then(decided) : decided(judged)
}
