/**
 * Every way a request can be refused: one row each, nothing written elsewhere.
 *
 * `description` goes to the client (RFC 6750 §3 `error_description`), so it is fixed text: no `"`, no `\`, and
 * nothing that the caller sent. What exactly was wrong travels as {@link AuthError.detail} to the event hook.
 */
const REASONS: Readonly<Record<AuthErrorReason, ReasonRow>> = {
  credentials_missing: row(401, 'invalid_request', 'AUTH_1003', 'An access token is required'),
  credentials_malformed: row(400, 'invalid_request', 'VAL_2001', 'The Authorization header is malformed'),
  credentials_repeated: row(400, 'invalid_request', 'VAL_2002', 'More than one Authorization header was sent'),
  token_too_large: row(400, 'invalid_request', 'VAL_2003', 'The access token is too large'),
  dpop_required: row(400, 'invalid_request', 'VAL_2004', 'The access token must be sent with the DPoP scheme'),
  dpop_disabled: row(400, 'invalid_request', 'VAL_2005', 'The DPoP scheme is not accepted here'),
  proof_with_bearer: row(400, 'invalid_request', 'VAL_2006', 'A DPoP proof was sent with the Bearer scheme'),
  url_unknown: row(400, 'invalid_request', 'VAL_2007', 'The URL of the request cannot be determined'),

  token_expired: row(401, 'invalid_token', 'AUTH_1001', 'The access token expired'),
  token_invalid: row(401, 'invalid_token', 'AUTH_1002', 'The access token is invalid'),
  token_bound: row(401, 'invalid_token', 'AUTH_1004', 'The access token is bound to a key and needs a proof of it'),
  token_unbound: row(401, 'invalid_token', 'DPOP_6002', 'The access token is not bound to a DPoP key'),
  key_mismatch: row(401, 'invalid_token', 'DPOP_6003', 'The DPoP proof is not made with the key of the access token'),

  proof_missing: row(400, 'invalid_dpop_proof', 'DPOP_6001', 'A DPoP proof is required'),
  proof_repeated: row(400, 'invalid_dpop_proof', 'DPOP_6004', 'More than one DPoP proof was sent'),
  proof_malformed: row(400, 'invalid_dpop_proof', 'DPOP_6005', 'The DPoP proof is malformed'),
  proof_key: row(400, 'invalid_dpop_proof', 'DPOP_6006', 'The key of the DPoP proof is not acceptable'),
  proof_signature: row(400, 'invalid_dpop_proof', 'DPOP_6007', 'The signature of the DPoP proof is invalid'),
  proof_method: row(400, 'invalid_dpop_proof', 'DPOP_6008', 'The DPoP proof is for another method'),
  proof_url: row(400, 'invalid_dpop_proof', 'DPOP_6009', 'The DPoP proof is for another URL'),
  proof_time: row(400, 'invalid_dpop_proof', 'DPOP_6010', 'The DPoP proof is too old or from the future'),
  proof_token: row(400, 'invalid_dpop_proof', 'DPOP_6011', 'The DPoP proof is for another access token'),
  proof_replayed: row(400, 'invalid_dpop_proof', 'DPOP_6012', 'The DPoP proof was used before'),
  nonce_required: row(401, 'use_dpop_nonce', 'DPOP_6013', 'The DPoP proof needs a nonce of this server'),
  nonce_stale: row(401, 'use_dpop_nonce', 'DPOP_6014', 'The nonce of the DPoP proof is not a fresh one of this server'),

  scope_missing: row(403, 'insufficient_scope', 'AUTH_1005', 'The access token lacks a required scope'),
  permission_missing: row(403, 'insufficient_scope', 'AUTH_1006', 'The access token lacks a required permission'),
  role_missing: row(403, 'insufficient_scope', 'AUTH_1010', 'The access token lacks a required role'),
  claim_missing: row(403, 'insufficient_scope', 'AUTH_1007', 'The access token lacks a required claim'),
  client_required: row(403, 'insufficient_scope', 'AUTH_1008', 'The access token must come from client credentials'),
  login_insufficient: row(
    401,
    'insufficient_user_authentication',
    'AUTH_1009',
    'A stronger or more recent login is required',
  ),

  issuer_unavailable: row(503, 'temporarily_unavailable', 'NET_3001', 'The access token cannot be verified right now'),
  issuer_timeout: row(503, 'temporarily_unavailable', 'NET_3002', 'The access token cannot be verified right now'),
  replay_unavailable: row(503, 'temporarily_unavailable', 'SRV_5001', 'The DPoP proof cannot be checked right now'),
}

/** Why a request was refused; stable, for programs. */
export type AuthErrorReason =
  | 'credentials_missing'
  | 'credentials_malformed'
  | 'credentials_repeated'
  | 'token_too_large'
  | 'dpop_required'
  | 'dpop_disabled'
  | 'proof_with_bearer'
  | 'url_unknown'
  | 'token_expired'
  | 'token_invalid'
  | 'token_bound'
  | 'token_unbound'
  | 'key_mismatch'
  | 'proof_missing'
  | 'proof_repeated'
  | 'proof_malformed'
  | 'proof_key'
  | 'proof_signature'
  | 'proof_method'
  | 'proof_url'
  | 'proof_time'
  | 'proof_token'
  | 'proof_replayed'
  | 'nonce_required'
  | 'nonce_stale'
  | 'scope_missing'
  | 'permission_missing'
  | 'role_missing'
  | 'claim_missing'
  | 'client_required'
  | 'login_insufficient'
  | 'issuer_unavailable'
  | 'issuer_timeout'
  | 'replay_unavailable'

/** An authentication scheme of this resource server: RFC 6750 or RFC 9449. */
export type AuthScheme = 'Bearer' | 'DPoP'

interface ReasonRow {
  readonly status: number
  readonly error: string
  readonly code: string
  readonly description: string
}

function row(status: number, error: string, code: string, description: string): ReasonRow {
  return { status, error, code, description }
}

/** What an {@link AuthError} is made of, besides its reason. */
export interface AuthErrorOptions {
  /** For the event hook and the log, never for the client. Anything that the caller sent must be quoted in it. */
  readonly detail?: string
  readonly cause?: unknown
  /** The scheme that the client used, when known. */
  readonly scheme?: AuthScheme
  /** Parameters that the challenge carries besides the error: `scope`, `acr_values`, `max_age`. */
  readonly parameters?: Readonly<Record<string, string>>
  /** The nonce for the client's next proof (RFC 9449 §9); only with `use_dpop_nonce`. */
  readonly nonce?: string
  /** Seconds after which a retry makes sense; only for 503. */
  readonly retryAfter?: number
}

/** The parameters of most errors. */
export const NO_PARAMETERS: Readonly<Record<string, string>> = Object.freeze({})

const NO_OPTIONS: AuthErrorOptions = Object.freeze({})

// Registered, so that an error is recognised across duplicate installs, where `instanceof` fails.
const BRAND: unique symbol = Symbol.for('@acme/auth-core.AuthError')

// One error that lives, or a garbage collection would find none, and V8 forget their shape and the code optimised for it.
const held: AuthError[] = []

/**
 * A request that is refused for a known reason. Everything that reaches the client is in `status`, `headers` and
 * `toJSON()`; `detail` and `cause` are for the operator.
 */
export class AuthError extends Error {
  override readonly name = 'AuthError'
  readonly reason: AuthErrorReason
  /** Stable code, grouped: `AUTH_1xxx`, `VAL_2xxx`, `NET_3xxx`, `SRV_5xxx`, `DPOP_6xxx`. */
  readonly code: string
  /** OAuth error code: RFC 6750 §3.1, RFC 9449 §7.1 and §9, RFC 9470 §3. */
  readonly error: string
  readonly status: number
  readonly description: string
  readonly detail: string | undefined
  /** The scheme that the client used, when known. */
  scheme: AuthScheme | undefined
  readonly parameters: Readonly<Record<string, string>>
  /** For the `DPoP-Nonce` header (RFC 9449 §9). */
  readonly nonce: string | undefined
  readonly retryAfter: number | undefined
  /** The response headers but those of the body, set when the resource server answers with this error. */
  headers: Readonly<Record<string, string>> = {}
  /** Ties the answer to its event, set when the resource server answers with this error. */
  correlationId: string | undefined

  static {
    Object.defineProperty(AuthError.prototype, BRAND, { value: true })
    held.push(new AuthError('token_expired'))
  }

  constructor(
    reason: AuthErrorReason,
    options: AuthErrorOptions = NO_OPTIONS,
    detail: string | undefined = options.detail,
  ) {
    const { status, error, code, description } = REASONS[reason]
    super(description, options.cause === undefined ? undefined : { cause: options.cause })
    this.reason = reason
    this.status = status
    this.error = error
    this.code = code
    this.description = description
    this.detail = detail
    this.scheme = options.scheme
    this.parameters = options.parameters ?? NO_PARAMETERS
    this.nonce = options.nonce
    this.retryAfter = options.retryAfter
  }

  /** The same as `status`, by the name that Fastify and Express' `http-errors` know. */
  get statusCode(): number {
    return this.status
  }

  /** The response body. */
  toJSON(): { error: string; error_description: string; code: string; correlation_id: string | undefined } {
    return {
      error: this.error,
      error_description: this.description,
      code: this.code,
      correlation_id: this.correlationId,
    }
  }
}

/** Whether a value is an {@link AuthError}, of this or any other installed copy of the package. */
export function isAuthError(value: unknown): value is AuthError {
  try {
    return typeof value === 'object' && value !== null && BRAND in value
  } catch {
    // A proxy that does not answer is none.
    return false
  }
}

/**
 * An AuthError without a stack trace: a refusal is an expected outcome, and capturing the stack would be most of
 * the cost of refusing.
 */
export function refusal(reason: AuthErrorReason, detail?: string, options: AuthErrorOptions = NO_OPTIONS): AuthError {
  const limit = engine.stackTraceLimit
  limitStack(0)
  try {
    return new AuthError(reason, options, detail)
  } finally {
    limitStack(limit)
  }
}

const engine = Error as { stackTraceLimit?: number | undefined } // not in the standard; V8 and JavaScriptCore have it

function limitStack(limit: number | undefined): void {
  try {
    if (limit === undefined) delete engine.stackTraceLimit
    else engine.stackTraceLimit = limit
  } catch {
    // Frozen, as by `node --frozen-intrinsics`: refusing then costs a stack trace.
  }
}
