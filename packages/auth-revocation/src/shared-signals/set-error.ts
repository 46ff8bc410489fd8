/** Error codes of RFC 8935 §2.4. */
export type SetErrorCode =
  | 'invalid_request'
  | 'invalid_key'
  | 'invalid_issuer'
  | 'invalid_audience'
  | 'authentication_failed'
  | 'access_denied'

/** Why a security event token is refused. The message is a fixed text: it goes to the transmitter. */
export class SetError extends Error {
  override readonly name = 'SetError'
  readonly code: SetErrorCode

  constructor(code: SetErrorCode, message: string) {
    super(message)
    this.code = code
  }
}
