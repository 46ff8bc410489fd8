/**
 * Every way a request can be refused: status, OAuth error code, stable code for programs, description. One row each, nothing
 * written elsewhere.
 *
 * `description` goes to the client (RFC 6750 §3 `error_description`), so it is fixed text: no `"`, no `\`, and
 * nothing that the caller sent. What exactly was wrong travels as `AuthError.detail` to the event hook.
 */
export const REASONS = {
  credentials_missing: [401, 'invalid_request', 'AUTH_1003', 'An access token is required'],
  credentials_malformed: [400, 'invalid_request', 'VAL_2001', 'The Authorization header is malformed'],
  credentials_repeated: [400, 'invalid_request', 'VAL_2002', 'More than one Authorization header was sent'],
  token_too_large: [400, 'invalid_request', 'VAL_2003', 'The access token is too large'],
  dpop_required: [400, 'invalid_request', 'VAL_2004', 'The access token must be sent with the DPoP scheme'],
  dpop_disabled: [400, 'invalid_request', 'VAL_2005', 'The DPoP scheme is not accepted here'],
  proof_with_bearer: [400, 'invalid_request', 'VAL_2006', 'A DPoP proof was sent with the Bearer scheme'],
  url_unknown: [400, 'invalid_request', 'VAL_2007', 'The URL of the request cannot be determined'],
  renewal_pending: [400, 'invalid_request', 'VAL_2008', 'Another renewal of the connection is going on'],
  renewals_refused: [429, 'invalid_request', 'RATE_4001', 'Too many renewals of the connection were refused'],

  token_expired: [401, 'invalid_token', 'AUTH_1001', 'The access token expired'],
  token_invalid: [401, 'invalid_token', 'AUTH_1002', 'The access token is invalid'],
  token_revoked: [401, 'invalid_token', 'AUTH_1018', 'The access token was revoked'],
  ticket_invalid: [401, 'invalid_token', 'AUTH_1019', 'The ticket is not valid here, or not any more'],
  renewal_mismatch: [401, 'invalid_token', 'AUTH_1020', 'The access token is not of the same caller'],
  token_bound: [401, 'invalid_token', 'AUTH_1004', 'The access token is bound to a key and needs a proof of it'],
  token_unbound: [401, 'invalid_token', 'DPOP_6002', 'The access token is not bound to a DPoP key'],
  certificate_unbound: [401, 'invalid_token', 'AUTH_1014', 'The access token is not bound to a client certificate'],
  certificate_missing: [401, 'invalid_token', 'AUTH_1015', 'The access token needs its client certificate'],
  certificate_malformed: [401, 'invalid_token', 'AUTH_1016', 'The client certificate cannot be read'],
  certificate_mismatch: [401, 'invalid_token', 'AUTH_1017', 'The access token is bound to another client certificate'],
  key_mismatch: [401, 'invalid_token', 'DPOP_6003', 'The DPoP proof is not made with the key of the access token'],

  proof_missing: [400, 'invalid_dpop_proof', 'DPOP_6001', 'A DPoP proof is required'],
  proof_repeated: [400, 'invalid_dpop_proof', 'DPOP_6004', 'More than one DPoP proof was sent'],
  proof_malformed: [400, 'invalid_dpop_proof', 'DPOP_6005', 'The DPoP proof is malformed'],
  proof_key: [400, 'invalid_dpop_proof', 'DPOP_6006', 'The key of the DPoP proof is not acceptable'],
  proof_signature: [400, 'invalid_dpop_proof', 'DPOP_6007', 'The signature of the DPoP proof is invalid'],
  proof_method: [400, 'invalid_dpop_proof', 'DPOP_6008', 'The DPoP proof is for another method'],
  proof_url: [400, 'invalid_dpop_proof', 'DPOP_6009', 'The DPoP proof is for another URL'],
  proof_time: [400, 'invalid_dpop_proof', 'DPOP_6010', 'The DPoP proof is too old or from the future'],
  proof_token: [400, 'invalid_dpop_proof', 'DPOP_6011', 'The DPoP proof is for another access token'],
  proof_replayed: [400, 'invalid_dpop_proof', 'DPOP_6012', 'The DPoP proof was used before'],
  nonce_required: [401, 'use_dpop_nonce', 'DPOP_6013', 'The DPoP proof needs a nonce of this server'],
  nonce_stale: [401, 'use_dpop_nonce', 'DPOP_6014', 'The nonce of the DPoP proof is not a fresh one of this server'],

  scope_missing: [403, 'insufficient_scope', 'AUTH_1005', 'The access token lacks a required scope'],
  permission_missing: [403, 'insufficient_scope', 'AUTH_1006', 'The access token lacks a required permission'],
  role_missing: [403, 'insufficient_scope', 'AUTH_1010', 'The access token lacks a required role'],
  claim_missing: [403, 'insufficient_scope', 'AUTH_1007', 'The access token lacks a required claim'],
  client_required: [403, 'insufficient_scope', 'AUTH_1008', 'The access token must come from client credentials'],
  authorization_details_missing: [
    403,
    'insufficient_scope',
    'AUTH_1011',
    'The access token lacks required authorization details',
  ],
  actor_missing: [403, 'insufficient_scope', 'AUTH_1012', 'The access token is not delegated as required'],
  access_denied: [403, 'insufficient_scope', 'AUTH_1013', 'Access with this token is denied'],
  login_insufficient: [
    401,
    'insufficient_user_authentication',
    'AUTH_1009',
    'A stronger or more recent login is required',
  ],

  origin_denied: [403, 'insufficient_scope', 'AUTH_1021', 'Pages of this origin may not connect'],

  issuer_unavailable: [503, 'temporarily_unavailable', 'NET_3001', 'The access token cannot be verified right now'],
  issuer_timeout: [503, 'temporarily_unavailable', 'NET_3002', 'The access token cannot be verified right now'],
  tenant_unavailable: [503, 'temporarily_unavailable', 'NET_3003', 'The access token cannot be verified right now'],
  policy_unavailable: [503, 'temporarily_unavailable', 'SRV_5002', 'Access cannot be decided right now'],
  revocation_unavailable: [503, 'temporarily_unavailable', 'SRV_5003', 'The access token cannot be verified right now'],
  ticket_unavailable: [503, 'temporarily_unavailable', 'SRV_5004', 'Tickets cannot be used right now'],
  replay_unavailable: [503, 'temporarily_unavailable', 'SRV_5001', 'The DPoP proof cannot be checked right now'],
} as const

/** Why a request was refused; stable, for programs. */
export type AuthErrorReason = keyof typeof REASONS
