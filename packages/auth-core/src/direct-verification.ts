import { sha256 } from '#crypto'

import { verifyAccessToken } from './access-token/access-token.js'
import type { AccessTokenPolicy } from './access-token/access-token.js'
import { freezeJson } from './crypto/compact-jws.js'
import type { ProofVerifier } from './dpop/proof-verifier.js'
import { refusal } from './outcome/errors.js'
import { rejectWithErrors } from './outcome/fault.js'
import { givenUrl } from './public-url/public-url.js'
import type { ProofToVerify, ResourceServer } from './resource-server-types.js'
import { configurationError, secretError } from './options/option-checks.js'

/**
 * Tokens and proofs that a developer hands in one by one. What a client can bring about, such as a header that is not
 * there, is refused with an AuthError; what only a programmer can, with a TypeError that names the parameter.
 */
export function directTokens(policy: AccessTokenPolicy): Pick<ResourceServer, 'verifyAccessToken'> {
  return {
    verifyAccessToken: (token) =>
      rejectWithErrors(async () => {
        if (token === undefined) throw refusal('credentials_missing')
        const text = requireText('token', token, 'an access token')
        return verifyAccessToken({ token: text, digest: undefined }, policy)
      }),
  }
}

/** {@link directTokens}, for proofs. */
export function directProofs(verifyProof: ProofVerifier): Pick<ResourceServer, 'verifyDpopProof'> {
  return {
    verifyDpopProof: (given) =>
      rejectWithErrors(async () => {
        const { proof, thumbprint, method } = given
        if (typeof method !== 'string') throw configurationError('method', method, "the request's, such as 'GET'")
        const url = givenUrl(given.url)
        const tokenHash = await sha256(requireText('accessToken', given.accessToken, 'the access token'))
        if (thumbprint === undefined) throw refusal('token_unbound', 'no thumbprint')
        const proofs = proof === undefined ? [] : [requireText('proof', proof, 'the value of the DPoP header')]
        const bound = requireText('thumbprint', thumbprint, 'cnf.jkt')
        const owner =
          given.owner === undefined ? bound : requireText('owner', given.owner, 'whom the access token is of')
        const proven = await verifyProof(proofs, { method, url, tokenHash, thumbprint: bound, owner })
        return { ...proven, claims: freezeJson(proven.claims) }
      }),
  }
}

/** Not shown when it is something else: it may hold a token. */
function requireText(name: keyof ProofToVerify | 'token', given: unknown, wanted: string): string {
  if (typeof given === 'string') return given
  throw secretError(name, given, `${wanted}, as text`)
}
