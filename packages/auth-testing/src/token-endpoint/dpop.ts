import { decodeProtectedHeader } from 'jose/decode/protected_header'
import { calculateJwkThumbprint } from 'jose/jwk/thumbprint'

import type { AuthorizationServer } from '../authorization-server.js'
import { OAuthError } from '../oauth-error.js'
import { isObject, verifyJwt } from '../verify-jwt.js'

/** Seconds around now in which the `iat` of a proof must be. */
const PROOF_WINDOW = 300

const PRIVATE_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k']

/**
 * Verifies the DPoP proof of a request to the issuer (RFC 9449 §4.3, §5, §10.1).
 *
 * @returns the thumbprint of its key; `undefined` when there is no proof
 * @throws {OAuthError} `invalid_dpop_proof` or `use_dpop_nonce`
 */
export async function verifyProof(server: AuthorizationServer, request: Request): Promise<string | undefined> {
  const proof = request.headers.get('dpop')
  if (proof === null) return undefined
  const jwk = keyOf(proof)
  const verified = await verifyJwt(proof, [jwk], server.now())
  if (verified === undefined) throw invalid('its signature is not that of its key')
  const { claims } = verified
  if (claims['htm'] !== request.method) throw invalid('htm is not the method')
  if (!isUrlOf(claims['htu'], request)) throw invalid('htu is not the URL')
  if (typeof claims['iat'] !== 'number' || Math.abs(server.now() - claims['iat']) > PROOF_WINDOW) {
    throw invalid('iat is not now')
  }
  const thumbprint = await calculateJwkThumbprint(jwk)
  if (!isNew(server, thumbprint, claims['jti'])) throw invalid('jti is missing or was used before')
  if (!server.nonces.accepts(claims['nonce'])) {
    throw new OAuthError('use_dpop_nonce', 'the proof needs the nonce that comes with this answer')
  }
  return thumbprint
}

function keyOf(proof: string): Record<string, unknown> {
  const { typ, jwk } = headerOf(proof)
  if (typ !== 'dpop+jwt') throw invalid('typ is not dpop+jwt')
  if (!isObject(jwk) || PRIVATE_MEMBERS.some((name) => name in jwk)) throw invalid('jwk is no public key')
  return jwk
}

function headerOf(proof: string): { typ?: unknown; jwk?: unknown } {
  try {
    return decodeProtectedHeader(proof)
  } catch {
    throw invalid('it is no JWT')
  }
}

// RFC 9449 §4.3: without query and fragment, and after normalisation.
function isUrlOf(htu: unknown, { url }: Request): boolean {
  if (typeof htu !== 'string' || !URL.canParse(htu)) return false
  const [claimed, actual] = [new URL(htu), new URL(url)]
  return claimed.origin === actual.origin && claimed.pathname === actual.pathname
}

function isNew(server: AuthorizationServer, thumbprint: string, jti: unknown): boolean {
  return typeof jti === 'string' && jti !== '' && server.store.isFirst('proof', thumbprint, jti)
}

function invalid(reason: string): OAuthError {
  return new OAuthError('invalid_dpop_proof', `the DPoP proof is refused: ${reason}`)
}
