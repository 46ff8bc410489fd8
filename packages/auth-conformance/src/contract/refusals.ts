import { refused, unavailable, withNonce } from './expectations.js'
import type { Expected, RfcFacts } from './expectations.js'

// RFC 6750 §3, RFC 9449 §7.1: what the challenges look like, independently of who writes them.
const BEARER = 'Bearer realm="api"'
const DPOP = 'DPoP algs="ES256"'

/** Without an error: RFC 6750 §3.1. */
const BARE: Readonly<Record<Mode, string>> = { allowed: `${BEARER}, ${DPOP}`, required: DPOP, disabled: BEARER }

type Mode = 'allowed' | 'required' | 'disabled'
type Scheme = 'Bearer' | 'DPoP'

/** The challenge of the failing scheme with its error, then those of the other accepted schemes. */
function challengeOf(scheme: Scheme, mode: Mode, error: string, description: string, parameters = ''): string {
  const failing = `${scheme === 'Bearer' ? BEARER : DPOP}, error="${error}", error_description="${description}"${parameters}`
  if (mode !== 'allowed') return failing
  return `${failing}, ${scheme === 'Bearer' ? DPOP : BEARER}`
}

/** What a refusal depends on besides its reason. */
export interface RefusalOf {
  /** @defaultValue 'Bearer' */
  readonly scheme?: Scheme
  /** @defaultValue 'allowed' */
  readonly mode?: Mode
  /** Further parameters of the failing challenge, as text. */
  readonly parameters?: string
}

function bare(mode: Mode, scope: string): string {
  if (scope === '') return BARE[mode]
  const own = mode === 'required' ? [DPOP] : mode === 'disabled' ? [BEARER] : [BEARER, DPOP]
  return own.map((challenge) => `${challenge}, scope="${scope}"`).join(', ')
}

type Refuse = (of?: RefusalOf) => Expected

const refusal =
  (status: number, error: string, ofScheme: Scheme = 'Bearer') =>
  (code: string, description: string): Refuse =>
  ({ scheme = ofScheme, mode = 'allowed', parameters } = {}) => {
    const challenge = challengeOf(scheme, mode, error, description, parameters)
    const rfc = { statuses: [status], scheme, errors: [error] }
    return refused({ status, error, code, description }, challenge, rfc)
  }

/** The same, where RFCs leave the status, the scheme or the error open. */
const loosely =
  (refuse: Refuse, facts: Partial<RfcFacts>): Refuse =>
  (of) => {
    const expected = refuse(of)
    return { ...expected, rfc: { ...expected.rfc, ...facts } }
  }

const request = refusal(400, 'invalid_request')
const token = refusal(401, 'invalid_token')
const insufficient = refusal(403, 'insufficient_scope')
const nonce =
  (code: string, description: string): Refuse =>
  (of) =>
    withNonce(refusal(401, 'use_dpop_nonce', 'DPoP')(code, description)(of))
const REFUSED = [400, 401]
// RFC 9449 §7.1 names the error and no status.
const proof = (code: string, description: string): Refuse =>
  loosely(refusal(400, 'invalid_dpop_proof', 'DPoP')(code, description), { statuses: REFUSED })

const NO_CREDENTIALS = {
  status: 401,
  error: 'invalid_request',
  code: 'AUTH_1003',
  description: 'An access token is required',
}

/** @param scope - that of the route (RFC 6750 §3) */
export const noCredentials = (mode: Mode = 'allowed', scope = ''): Expected =>
  refused(NO_CREDENTIALS, bare(mode, scope), {
    statuses: [401],
    scheme: mode === 'required' ? 'DPoP' : 'Bearer',
    errors: [],
  })

// RFC 6750 §3.1: a malformed request or a malformed token.
export const malformedCredentials: Refuse = loosely(request('VAL_2001', 'The Authorization header is malformed'), {
  statuses: REFUSED,
  errors: ['invalid_request', 'invalid_token'],
})
export const repeatedCredentials: Refuse = request('VAL_2002', 'More than one Authorization header was sent')
export const tokenTooLarge: Refuse = request('VAL_2003', 'The access token is too large')
export const dpopRequired: Refuse = request('VAL_2004', 'The access token must be sent with the DPoP scheme')
export const dpopDisabled: Refuse = request('VAL_2005', 'The DPoP scheme is not accepted here')
export const proofWithBearer: Refuse = request('VAL_2006', 'A DPoP proof was sent with the Bearer scheme')
export const urlUnknown: Refuse = request('VAL_2007', 'The URL of the request cannot be determined')

export const expiredToken: Refuse = token('AUTH_1001', 'The access token expired')
export const invalidToken: Refuse = token('AUTH_1002', 'The access token is invalid')
// RFC 9449 §7.2 says that it is refused, and not how.
export const boundToken: Refuse = loosely(
  token('AUTH_1004', 'The access token is bound to a key and needs a proof of it'),
  { statuses: REFUSED, scheme: undefined },
)
// RFC 9449 §4.3 (12): the binding belongs to the checks of the proof too.
const BINDING = { statuses: REFUSED, errors: ['invalid_token', 'invalid_dpop_proof'] }
export const unboundToken: Refuse = loosely(token('DPOP_6002', 'The access token is not bound to a DPoP key'), BINDING)
export const keyMismatch: Refuse = loosely(
  token('DPOP_6003', 'The DPoP proof is not made with the key of the access token'),
  BINDING,
)

// RFC 8705 §3: 401 and invalid_token.
export const certificateUnbound: Refuse = token('AUTH_1014', 'The access token is not bound to a client certificate')
export const certificateMissing: Refuse = token('AUTH_1015', 'The access token needs its client certificate')
export const certificateMalformed: Refuse = token('AUTH_1016', 'The client certificate cannot be read')
export const certificateMismatch: Refuse = token('AUTH_1017', 'The access token is bound to another client certificate')

// RFC 9449 §7.1 says that it is refused, and not with which of these.
export const missingProof: Refuse = loosely(proof('DPOP_6001', 'A DPoP proof is required'), {
  errors: ['invalid_dpop_proof', 'invalid_request', 'invalid_token'],
})
export const repeatedProof: Refuse = proof('DPOP_6004', 'More than one DPoP proof was sent')
export const malformedProof: Refuse = proof('DPOP_6005', 'The DPoP proof is malformed')
export const proofKey: Refuse = proof('DPOP_6006', 'The key of the DPoP proof is not acceptable')
export const proofSignature: Refuse = proof('DPOP_6007', 'The signature of the DPoP proof is invalid')
export const proofMethod: Refuse = proof('DPOP_6008', 'The DPoP proof is for another method')
export const proofUrl: Refuse = proof('DPOP_6009', 'The DPoP proof is for another URL')
export const proofTime: Refuse = proof('DPOP_6010', 'The DPoP proof is too old or from the future')
export const proofToken: Refuse = proof('DPOP_6011', 'The DPoP proof is for another access token')
export const replayedProof: Refuse = proof('DPOP_6012', 'The DPoP proof was used before')

export const nonceRequired: Refuse = loosely(nonce('DPOP_6013', 'The DPoP proof needs a nonce of this server'), {
  nonce: true,
})
// RFC 9449 §4.3 (10) makes it a bad proof; §9 lets the server ask for another nonce.
export const staleNonce: Refuse = loosely(
  nonce('DPOP_6014', 'The nonce of the DPoP proof is not a fresh one of this server'),
  { statuses: REFUSED, errors: ['use_dpop_nonce', 'invalid_dpop_proof'] },
)

export const missingScope: Refuse = insufficient('AUTH_1005', 'The access token lacks a required scope')
export const missingPermission: Refuse = insufficient('AUTH_1006', 'The access token lacks a required permission')
export const missingClaim: Refuse = insufficient('AUTH_1007', 'The access token lacks a required claim')
export const clientRequired: Refuse = insufficient('AUTH_1008', 'The access token must come from client credentials')
export const missingRole: Refuse = insufficient('AUTH_1010', 'The access token lacks a required role')
export const missingDetails: Refuse = insufficient('AUTH_1011', 'The access token lacks required authorization details')
export const missingActor: Refuse = insufficient('AUTH_1012', 'The access token is not delegated as required')
export const accessDenied: Refuse = insufficient('AUTH_1013', 'Access with this token is denied')
export const loginInsufficient: Refuse = refusal(401, 'insufficient_user_authentication')(
  'AUTH_1009',
  'A stronger or more recent login is required',
)

/** A token whose issuer's keys cannot be had: `NET_3001`, or `NET_3002` when the time ran out. */
export const keysUnavailable = (code: 'NET_3001' | 'NET_3002' = 'NET_3001', retryAfter = '1'): Expected =>
  unavailable(code, 'The access token cannot be verified right now', retryAfter)

/** A proof of which it cannot be said whether it was used before. */
export const replayUnavailable: Expected = unavailable('SRV_5001', 'The DPoP proof cannot be checked right now', '5')
