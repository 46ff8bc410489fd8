/** The stable codes of errors, by what went wrong. */
export const CODES = {
  token_expired: 'AUTH_1001',
  token_refused: 'AUTH_1002',
  login_required: 'AUTH_1003',
  step_up_required: 'AUTH_1004',
  client_refused: 'AUTH_1005',
  options_invalid: 'VAL_2001',
  answer_invalid: 'VAL_2002',
  origin_refused: 'VAL_2003',
  redirect_refused: 'VAL_2004',
  network: 'NET_3001',
  timeout: 'NET_3002',
  rate_limited: 'RATE_4001',
  server: 'SRV_5001',
  circuit_open: 'SRV_5002',
  proof_refused: 'DPOP_6001',
  key_unavailable: 'DPOP_6002',
  callback_invalid: 'PKCE_7001',
  authorization_refused: 'PKCE_7002',
} as const

/** Why a call failed. */
export type ClientErrorReason = keyof typeof CODES

/** What is known of a failed call besides its reason. */
export interface AuthClientErrorOptions {
  readonly status?: number
  /** Seconds. */
  readonly retryAfter?: number
  readonly cause?: unknown
  readonly correlationId?: string
}

/** A call that failed for a known reason. */
export class AuthClientError extends Error {
  override readonly name = 'AuthClientError'
  readonly reason: ClientErrorReason
  readonly code: string
  readonly status: number | undefined
  readonly retryAfter: number | undefined

  constructor(reason: ClientErrorReason, detail: string, options: AuthClientErrorOptions = {}) {
    super(detail, options.cause === undefined ? undefined : { cause: options.cause })
    this.reason = reason
    this.code = CODES[reason]
    this.status = options.status
    this.retryAfter = options.retryAfter
  }
}
