import { sha256 } from '#crypto'

import { verifyAccessToken } from './access-token/access-token.js'
import type { AccessTokenPolicy } from './access-token/access-token.js'
import { unmetRequirement } from './authorization/unmet-requirement.js'
import type { Requirements } from './authorization/requirements.js'
import { requireBinding, requireScheme } from './dpop/binding.js'
import { nonceHeaders } from './dpop/nonce.js'
import { proofOwner } from './dpop/proof-owner.js'
import { verifyProof } from './dpop/proof.js'
import type { ProofPolicy } from './dpop/proof.js'
import { createAuthContext } from './outcome/auth-context.js'
import type { AuthContext } from './outcome/auth-context.js'
import type { AuthError, AuthScheme } from './outcome/errors.js'
import { readCredentials } from './request/credentials.js'
import type { Credentials } from './request/credentials.js'
import type { RequestMemo } from './request/request-memo.js'
import { headerValues } from './request/resource-request.js'
import type { ResourceRequest } from './request/resource-request.js'
import type { Accepted } from './resource-server-types.js'
import { isPending } from './util/maybe-promise.js'

/** What requests are decided by. Made once for a resource server. */
export interface DecisionPolicy {
  /** The schemes that are accepted, for requirements that may want DPoP alone. @throws {TypeError} when it is disabled */
  readonly schemesFor: (wanted: Requirements) => readonly AuthScheme[]
  readonly token: AccessTokenPolicy
  readonly proof: ProofPolicy
  readonly verifications: RequestMemo<Verification>
}

/** The caller of a request, and what the answer carries beside the handler's own. */
export interface Authenticated {
  readonly auth: AuthContext
  readonly headers: Accepted['headers']
}

/** What a verification is remembered by: another token on the same request is another question. */
interface Verification extends Credentials {
  readonly authenticated: Promise<Authenticated>
}

/** `unmet`: why the caller, who is who they say, may not do this; undefined when they may. */
export interface Decision extends Authenticated {
  readonly unmet: AuthError | undefined
}

export const NO_HEADERS: Accepted['headers'] = Object.freeze({})

/**
 * Decides on a request: credentials, {@link verify}, requirements. Verifies once per request: a second guard must not take
 * the request's own proof for a replay.
 *
 * @throws {AuthError} when it does not come to requirements
 */
export async function decide(
  request: ResourceRequest,
  wanted: Requirements,
  policy: DecisionPolicy,
): Promise<Decision> {
  const credentials = readCredentials(request)
  const { scheme, token } = credentials
  requireScheme(credentials, policy.schemesFor(wanted))

  const before = policy.verifications.get(request.identity)
  const same = before?.token === token && before.scheme === scheme
  const authenticated = same ? before.authenticated : verify(request, credentials, policy)
  if (!same) policy.verifications.set(request.identity, { scheme, token, authenticated })
  const { auth, headers } = await authenticated

  return { auth, headers, unmet: unmetRequirement(auth, wanted, policy.token.now(), policy.token.clockTolerance) }
}

/** Token, binding, proof. Awaits only what is pending: each promise costs as much as a check. */
async function verify(
  request: ResourceRequest,
  { scheme, token }: Credentials,
  policy: DecisionPolicy,
): Promise<Authenticated> {
  // A proof names the hash of its token (RFC 9449 §4.2); without a proof only the cache may need it.
  const hash = scheme === 'DPoP' ? sha256(token) : undefined
  const digest = isPending(hash) ? await hash : hash
  const verified = verifyAccessToken({ token, digest }, policy.token)
  const accessToken = isPending(verified) ? await verified : verified

  const proofs = headerValues(request, 'dpop')
  const thumbprint = requireBinding(accessToken.claims, scheme, proofs.length > 0)
  const auth = createAuthContext(accessToken, { scheme, token, thumbprint })
  if (thumbprint === undefined) return { auth, headers: NO_HEADERS }

  const target = { method: request.method, request, tokenHash: digest, thumbprint, owner: proofOwner(auth) }
  const { nextNonce } = await verifyProof(proofs, target, policy.proof)
  return { auth, headers: nextNonce === undefined ? NO_HEADERS : nonceHeaders(nextNonce) }
}
