import { headerValues } from '../request/resource-request.js'
import type { ResourceRequest } from '../request/resource-request.js'
import { addDetail } from './errors.js'
import type { AuthError, AuthErrorReason } from './errors.js'

const AS_DPOP = 'send it with the scheme DPoP, and a proof for each request'
const GET_BOUND = 'or have it bound: send a proof with the token request'

type Advised =
  | 'proof_with_bearer'
  | 'token_bound'
  | 'token_unbound'
  | 'dpop_required'
  | 'dpop_disabled'
  | 'key_mismatch'
  | 'proof_replayed'
  | 'nonce_required'

/** What mends a refusal, where that is the same for all of its reason. */
export const ADVICE: Readonly<Record<Advised, string>> = {
  proof_with_bearer: `leave the DPoP header out, ${GET_BOUND}`,
  token_bound: AS_DPOP,
  token_unbound: `send it as Bearer, ${GET_BOUND}`,
  dpop_required: AS_DPOP,
  dpop_disabled: 'send it as Bearer, or allow the scheme: dpop.mode (AUTH0_DPOP)',
  key_mismatch: 'sign the proof with the key that the token was requested with',
  proof_replayed: 'want a new proof, with a jti of its own, for each request and each retry',
  nonce_required: 'want the DPoP-Nonce of this answer in the next proof',
}

/** Adds to the detail of a refusal what mends it. */
export function advise(refused: AuthError, request: ResourceRequest): void {
  const { reason, detail = '' } = refused
  const known: Partial<Record<AuthErrorReason, string>> = ADVICE
  const advice = known[reason] ?? (reason === 'credentials_missing' ? whereElse(request) : undefined)
  if (advice !== undefined) addDetail(refused, advice)
  else if (IN_MILLISECONDS.test(detail)) addDetail(refused, 'in milliseconds? want seconds since the epoch')
}

// Of tokens and proofs: a time beyond the year 5000. Details begin with our own words, so that no value can pretend.
const IN_MILLISECONDS = /^(?:iat|nbf) is \d{12,} s ahead/

/** Where a client may have put its token in place of the header's only right one (RFC 9700 §4.3.2). */
function whereElse(request: ResourceRequest): string | undefined {
  const [value] = headerValues(request, 'authorization')
  // As the header of every JWT begins.
  if (value?.startsWith('eyJ') === true) return 'the scheme is missing: want Authorization: Bearer and the token'
  const isInQuery = value === undefined && /[?&]access_token=/.test(request.target)
  return isInQuery ? 'a token in the query is not read: want Authorization: Bearer' : undefined
}
