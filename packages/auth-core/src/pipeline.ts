import { sha256 } from '#crypto'

import { verifyAccessToken } from './access-token/access-token.js'
import type { AccessTokenPolicy } from './access-token/access-token.js'
import type { VerifiedAccessToken } from './access-token/verified-access-token.js'
import { createAuthContext } from './auth-context.js'
import type { AuthContext } from './auth-context.js'
import { requireBinding } from './binding.js'
import type { Credentials } from './credentials.js'
import { nonceHeaders } from './dpop/nonce.js'
import { verifyProof } from './dpop/proof.js'
import type { ProofPolicy } from './dpop/proof.js'
import type { MaybePromise } from './maybe-promise.js'
import { headerValues } from './resource-request.js'
import type { ResourceRequest } from './resource-request.js'
import type { Accepted } from './resource-server-types.js'

/** The caller of a request, and what the answer carries beside the handler's own. */
export interface Verified {
  readonly auth: AuthContext
  readonly headers: Accepted['headers']
}

/** What requests are held against, but for the requirements of a route. */
export interface PipelinePolicy {
  readonly token: AccessTokenPolicy
  readonly proof: ProofPolicy
}

export const NO_HEADERS: Accepted['headers'] = Object.freeze({})

/**
 * Token, binding, proof. What is at hand is not awaited: a Bearer token of a known key takes no promise at all.
 *
 * @throws {AuthError}
 */
export function verifyCredentials(
  request: ResourceRequest,
  credentials: Credentials,
  policy: PipelinePolicy,
): MaybePromise<Verified> {
  if (credentials.scheme === 'Bearer') return verifyToken({ request, credentials, tokenHash: undefined }, policy)
  // A proof names it (RFC 9449 §4.2); without a proof only the cache may need it.
  const tokenHash = sha256(credentials.token)
  if (tokenHash instanceof Promise) {
    return tokenHash.then((known) => verifyToken({ request, credentials, tokenHash: known }, policy))
  }
  return verifyToken({ request, credentials, tokenHash }, policy)
}

interface Presented {
  readonly request: ResourceRequest
  readonly credentials: Credentials
  /** The SHA-256 of the access token, in base64url, for the DPoP scheme. */
  readonly tokenHash: string | undefined
}

function verifyToken(presented: Presented, policy: PipelinePolicy): MaybePromise<Verified> {
  const { credentials, tokenHash } = presented
  const verified = verifyAccessToken({ text: credentials.token, digest: tokenHash }, policy.token)
  if (verified instanceof Promise) return verified.then((token) => verifyPossession(presented, token, policy))
  return verifyPossession(presented, verified, policy)
}

function verifyPossession(
  { request, credentials: { scheme, token }, tokenHash }: Presented,
  accessToken: VerifiedAccessToken,
  policy: PipelinePolicy,
): MaybePromise<Verified> {
  const proofs = headerValues(request, 'dpop')
  const thumbprint = requireBinding(accessToken.claims, scheme, proofs.length > 0)
  const auth = createAuthContext(accessToken, { scheme, token, thumbprint })
  if (thumbprint === undefined) return { auth, headers: NO_HEADERS }
  const proven = verifyProof(proofs, { method: request.method, request, tokenHash, thumbprint }, policy.proof)
  if (proven instanceof Promise) return proven.then(({ nextNonce }) => verifiedWith(auth, nextNonce))
  return verifiedWith(auth, proven.nextNonce)
}

function verifiedWith(auth: AuthContext, nextNonce: string | undefined): Verified {
  return { auth, headers: nextNonce === undefined ? NO_HEADERS : nonceHeaders(nextNonce) }
}
