import { refused, unavailable, withNonce } from './expectations.js'
import type { Expected } from './expectations.js'

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

function refusal(status: number, error: string, code: string, description: string, of: RefusalOf = {}): Expected {
  const challenge = challengeOf(of.scheme ?? 'Bearer', of.mode ?? 'allowed', error, description, of.parameters)
  return refused(status, error, code, description, challenge)
}

type Refuse = (of?: RefusalOf) => Expected

const request =
  (code: string, description: string): Refuse =>
  (of) =>
    refusal(400, 'invalid_request', code, description, of)

const token =
  (code: string, description: string): Refuse =>
  (of) =>
    refusal(401, 'invalid_token', code, description, of)

const proof =
  (code: string, description: string): Refuse =>
  (of) =>
    refusal(400, 'invalid_dpop_proof', code, description, { scheme: 'DPoP', ...of })

const nonce =
  (code: string, description: string): Refuse =>
  (of) =>
    withNonce(refusal(401, 'use_dpop_nonce', code, description, { scheme: 'DPoP', ...of }))

const insufficient =
  (code: string, description: string): Refuse =>
  (of) =>
    refusal(403, 'insufficient_scope', code, description, of)

export const noCredentials = (mode: Mode = 'allowed'): Expected =>
  refused(401, 'invalid_request', 'AUTH_1003', 'An access token is required', BARE[mode])

export const malformedCredentials: Refuse = request('VAL_2001', 'The Authorization header is malformed')
export const repeatedCredentials: Refuse = request('VAL_2002', 'More than one Authorization header was sent')
export const tokenTooLarge: Refuse = request('VAL_2003', 'The access token is too large')
export const dpopRequired: Refuse = request('VAL_2004', 'The access token must be sent with the DPoP scheme')
export const dpopDisabled: Refuse = request('VAL_2005', 'The DPoP scheme is not accepted here')
export const proofWithBearer: Refuse = request('VAL_2006', 'A DPoP proof was sent with the Bearer scheme')
export const urlUnknown: Refuse = request('VAL_2007', 'The URL of the request cannot be determined')

export const expiredToken: Refuse = token('AUTH_1001', 'The access token expired')
export const invalidToken: Refuse = token('AUTH_1002', 'The access token is invalid')
export const boundToken: Refuse = token('AUTH_1004', 'The access token is bound to a key and needs a proof of it')
export const unboundToken: Refuse = token('DPOP_6002', 'The access token is not bound to a DPoP key')
export const keyMismatch: Refuse = token('DPOP_6003', 'The DPoP proof is not made with the key of the access token')

export const missingProof: Refuse = proof('DPOP_6001', 'A DPoP proof is required')
export const repeatedProof: Refuse = proof('DPOP_6004', 'More than one DPoP proof was sent')
export const malformedProof: Refuse = proof('DPOP_6005', 'The DPoP proof is malformed')
export const proofKey: Refuse = proof('DPOP_6006', 'The key of the DPoP proof is not acceptable')
export const proofSignature: Refuse = proof('DPOP_6007', 'The signature of the DPoP proof is invalid')
export const proofMethod: Refuse = proof('DPOP_6008', 'The DPoP proof is for another method')
export const proofUrl: Refuse = proof('DPOP_6009', 'The DPoP proof is for another URL')
export const proofTime: Refuse = proof('DPOP_6010', 'The DPoP proof is too old or from the future')
export const proofToken: Refuse = proof('DPOP_6011', 'The DPoP proof is for another access token')
export const replayedProof: Refuse = proof('DPOP_6012', 'The DPoP proof was used before')

export const nonceRequired: Refuse = nonce('DPOP_6013', 'The DPoP proof needs a nonce of this server')
export const staleNonce: Refuse = nonce('DPOP_6014', 'The nonce of the DPoP proof is not a fresh one of this server')

export const missingScope: Refuse = insufficient('AUTH_1005', 'The access token lacks a required scope')
export const missingPermission: Refuse = insufficient('AUTH_1006', 'The access token lacks a required permission')
export const missingClaim: Refuse = insufficient('AUTH_1007', 'The access token lacks a required claim')
export const clientRequired: Refuse = insufficient('AUTH_1008', 'The access token must come from client credentials')
export const missingRole: Refuse = insufficient('AUTH_1010', 'The access token lacks a required role')
export const loginInsufficient: Refuse = (of) =>
  refusal(401, 'insufficient_user_authentication', 'AUTH_1009', 'A stronger or more recent login is required', of)

/** A token whose issuer's keys cannot be had: `NET_3001`, or `NET_3002` when the time ran out. */
export const keysUnavailable = (code: 'NET_3001' | 'NET_3002' = 'NET_3001', retryAfter = '1'): Expected =>
  unavailable(code, 'The access token cannot be verified right now', retryAfter)
