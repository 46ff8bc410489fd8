import { AuthClientError, isAuthClientError } from '../errors.js'
import type { Outgoing } from './outgoing.js'

/**
 * What a `fetch` that failed is to be told as. It throws a bare `TypeError` both for a server that is not there and for a call
 * that it does not take, and other errors on other runtimes: the call is looked at once more to tell them apart.
 */
export function asNetworkError(error: unknown, request: Outgoing): unknown {
  // The application knows why it stopped.
  if (isAuthClientError(error) || request.signal?.aborted === true || !request.isValid()) return error
  return new AuthClientError('network', 'the connection failed', { cause: error })
}
