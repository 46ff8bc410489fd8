import type { BrokenCircuitError, TaskCancelledError } from 'cockatiel'
import { AuthorizationResponseError, ResponseBodyError, WWWAuthenticateChallengeError } from 'oauth4webapi'

import { AuthClientError, isAuthClientError } from './errors.js'
import type { ClientErrorReason } from './errors.js'
import { issuerSaid } from './issuer-said.js'
import type { IssuerSaid } from './issuer-said.js'

// RFC 6749 §4.1.2.1 and §5.2, RFC 8707 §2, RFC 9449 §5 and §8, RFC 9470 §3, OpenID Connect Core §3.1.2.6; `mfa_required` is Auth0's.
const BY_ERROR: Readonly<Record<string, ClientErrorReason>> = {
  invalid_client: 'client_refused',
  unauthorized_client: 'client_refused',
  invalid_scope: 'authorization_refused',
  invalid_target: 'authorization_refused',
  invalid_request: 'authorization_refused',
  access_denied: 'authorization_refused',
  unsupported_grant_type: 'authorization_refused',
  unsupported_response_type: 'authorization_refused',
  unsupported_token_type: 'authorization_refused',
  invalid_request_uri: 'authorization_refused',
  login_required: 'login_required',
  interaction_required: 'login_required',
  consent_required: 'login_required',
  account_selection_required: 'login_required',
  insufficient_user_authentication: 'step_up_required',
  unmet_authentication_requirements: 'step_up_required',
  mfa_required: 'step_up_required',
  invalid_dpop_proof: 'proof_refused',
  use_dpop_nonce: 'proof_refused',
  server_error: 'server',
  temporarily_unavailable: 'server',
}

/** How a failure is to be read where it happened. */
export interface MappingOptions {
  /** What `invalid_grant` means for this grant. @defaultValue 'token_refused' */
  readonly invalidGrant?: ClientErrorReason
  /** Seconds after which a probe is let through. */
  readonly probeAfter?: number | undefined
}

/** The one place where what libraries and runtimes throw becomes an {@link AuthClientError}. */
export function asClientError(error: unknown, options: MappingOptions = {}): AuthClientError {
  if (isAuthClientError(error)) return error
  if (isCancelled(error)) return new AuthClientError('timeout', 'the time limit was reached')
  if (isBroken(error)) {
    return new AuthClientError('circuit_open', '', { retryAfter: options.probeAfter })
  }
  if (error instanceof ResponseBodyError) return refusal(error, error.status, options)
  if (error instanceof AuthorizationResponseError) return refusal(error, undefined, options)
  if (error instanceof WWWAuthenticateChallengeError) {
    return new AuthClientError('client_refused', '', { status: error.status, cause: error })
  }
  return new AuthClientError('answer_invalid', 'it is not what the protocol says', { cause: error })
}

// By the marks that cockatiel puts on its errors: it is not to be loaded for their classes.
const isCancelled = (error: unknown): error is TaskCancelledError =>
  error instanceof Error && 'isTaskCancelledError' in error
const isBroken = (error: unknown): error is BrokenCircuitError =>
  error instanceof Error && 'isBrokenCircuitError' in error

/** The texts of an issuer are its own, and may repeat what was sent: messages tell known codes alone. */
function refusal(
  error: ResponseBodyError | AuthorizationResponseError,
  status: number | undefined,
  { invalidGrant = 'token_refused' }: MappingOptions,
): AuthClientError {
  const told = error.error
  const options = { status, cause: error, issuerSaid: saidIn(error) }
  if (told === 'invalid_grant') return new AuthClientError(invalidGrant, told, options)
  const reason = Object.hasOwn(BY_ERROR, told) ? BY_ERROR[told] : undefined
  if (reason !== undefined) return new AuthClientError(reason, told, options)
  return new AuthClientError('authorization_refused', 'an error code that is not known', options)
}

function saidIn(error: ResponseBodyError | AuthorizationResponseError): IssuerSaid | undefined {
  if (error instanceof ResponseBodyError) return issuerSaid({ ...error.cause, error: error.error }, error.response)
  return issuerSaid({ error: error.error, error_description: error.error_description })
}
