import { sha256 } from '#crypto'

import { verifyAccessToken } from './access-token/access-token.js'
import type { AccessTokenPolicy } from './access-token/access-token.js'
import { createAuthContext } from './outcome/auth-context.js'
import type { AuthContext } from './outcome/auth-context.js'
import { refuseScheme, requireBinding } from './dpop/binding.js'
import { readCredentials } from './request/credentials.js'
import type { Credentials } from './request/credentials.js'
import { nonceHeaders } from './dpop/nonce.js'
import { proofOwner } from './dpop/proof-owner.js'
import { verifyProof } from './dpop/proof.js'
import type { ProofPolicy } from './dpop/proof.js'
import type { AuthScheme } from './outcome/errors.js'
import { isPending } from './util/maybe-promise.js'
import type { RequestMemo } from './request/request-memo.js'
import { headerValues } from './request/resource-request.js'
import type { ResourceRequest } from './request/resource-request.js'
import type { Accepted } from './resource-server-types.js'

/** The caller of a request, and what the answer carries beside the handler's own. */
export interface Authenticated {
  readonly auth: AuthContext
  readonly headers: Accepted['headers']
}

/** What a verification is remembered by: another token on the same request is another question. */
interface Verification extends Credentials {
  readonly authenticated: Promise<Authenticated>
}

/** What requests are held against, but for the requirements of a route. */
export interface DecisionPolicy {
  readonly token: AccessTokenPolicy
  readonly proof: ProofPolicy
  readonly verifications: RequestMemo<Verification>
}

export const NO_HEADERS: Accepted['headers'] = Object.freeze({})

/**
 * Whose request it is: credentials, then {@link verify}, once per request. A second guard must not take the request's own
 * proof for a replay.
 *
 * @throws {AuthError}
 */
export function authenticate(
  request: ResourceRequest,
  schemes: readonly AuthScheme[],
  policy: DecisionPolicy,
): Promise<Authenticated> {
  const credentials = readCredentials(request)
  const { scheme, token } = credentials
  if (!schemes.includes(scheme)) throw refuseScheme(credentials)
  const before = policy.verifications.get(request.identity)
  if (before?.token === token && before.scheme === scheme) return before.authenticated
  const authenticated = verify(request, credentials, policy)
  policy.verifications.set(request.identity, { scheme, token, authenticated })
  return authenticated
}

/** Token, binding, proof. Awaits only what is pending: each promise costs as much as a check. */
async function verify(
  request: ResourceRequest,
  { scheme, token }: Credentials,
  policy: DecisionPolicy,
): Promise<Authenticated> {
  // A proof names the hash of its token (RFC 9449 §4.2); without a proof only the cache may need it.
  const hash = scheme === 'DPoP' ? sha256(token) : undefined
  const tokenHash = isPending(hash) ? await hash : hash
  const verified = verifyAccessToken({ text: token, digest: tokenHash }, policy.token)
  const accessToken = isPending(verified) ? await verified : verified

  const proofs = headerValues(request, 'dpop')
  const thumbprint = requireBinding(accessToken.claims, scheme, proofs.length > 0)
  const auth = createAuthContext(accessToken, { scheme, token, thumbprint })
  if (thumbprint === undefined) return { auth, headers: NO_HEADERS }

  const target = { method: request.method, request, tokenHash, thumbprint, owner: proofOwner(auth) }
  const { nextNonce } = await verifyProof(proofs, target, policy.proof)
  return { auth, headers: nextNonce === undefined ? NO_HEADERS : nonceHeaders(nextNonce) }
}
