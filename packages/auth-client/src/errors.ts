import type { IssuerSaid } from './issuer-said.js'

/** What can go wrong: a stable code, and what it is called. */
export const ERRORS = {
  token_expired: ['AUTH_1001', 'The access token has expired'],
  token_refused: ['AUTH_1002', 'The issuer refused a token'],
  login_required: ['AUTH_1003', 'The user has to log in'],
  step_up_required: ['AUTH_1004', 'The user has to authorise more, or log in more strongly'],
  client_refused: ['AUTH_1005', 'The issuer refused this client'],
  options_invalid: ['VAL_2001', 'The call cannot be made like this'],
  answer_invalid: ['VAL_2002', 'The answer cannot be used'],
  origin_refused: ['VAL_2003', 'No token goes to this origin'],
  redirect_refused: ['VAL_2004', 'The redirect is not followed'],
  network: ['NET_3001', 'No answer'],
  timeout: ['NET_3002', 'No answer in time'],
  rate_limited: ['RATE_4001', 'Too many requests'],
  server: ['SRV_5001', 'The server failed'],
  circuit_open: ['SRV_5002', 'The issuer failed several times and is not asked for a while'],
  store_unavailable: ['SRV_5003', 'The store or the lock of tokens failed'],
  proof_refused: ['DPOP_6001', 'The proof of possession was refused'],
  key_unavailable: ['DPOP_6002', 'There is no key for proofs of possession'],
  callback_invalid: ['PKCE_7001', 'The callback belongs to no authorisation request of this client'],
  authorization_refused: ['PKCE_7002', 'The issuer refused what was asked for'],
} as const

/** Why a call failed. */
export type ClientErrorReason = keyof typeof ERRORS

/** What an {@link AuthClientError} tells beside its reason. */
export interface AuthClientErrorOptions {
  /** Of the HTTP answer. */
  readonly status?: number | undefined
  /** Seconds after which trying again makes sense. */
  readonly retryAfter?: number | undefined
  /** Reduced to name, code and, where it is a fixed text, message: nothing else of it is kept. */
  readonly cause?: unknown
  /** @defaultValue a random one */
  readonly correlationId?: string | undefined
  /** Without what was sent to it. */
  readonly issuerSaid?: IssuerSaid | undefined
}

/** What is kept of an error that led to another. */
export interface ReducedCause {
  readonly name: string
  readonly code?: string
  readonly message?: string
}

// Registered, so that an error is recognised across duplicate installs, where `instanceof` fails.
const BRAND: unique symbol = Symbol.for('@acme/auth-client.AuthClientError')

/**
 * Why a call failed. It holds no secret: not in its message, its stack, its cause, its JSON, nor where it is printed.
 *
 * @example
 * ```ts
 * import { AuthClientError } from '@acme/auth-client'
 *
 * const error = new AuthClientError('rate_limited', 'the token endpoint', { status: 429, retryAfter: 30 })
 * console.log(error.code === 'RATE_4001', JSON.stringify(error))
 * ```
 */
export class AuthClientError extends Error {
  override readonly name = 'AuthClientError'
  readonly reason: ClientErrorReason
  /** Stable code, grouped: `AUTH_1xxx`, `VAL_2xxx`, `NET_3xxx`, `RATE_4xxx`, `SRV_5xxx`, `DPOP_6xxx`, `PKCE_7xxx`. */
  readonly code: (typeof ERRORS)[ClientErrorReason][0]
  /**
   * Of the HTTP answer, in JSON `status`. Not by that name here: frameworks answer a request with the `status` of what its
   * handler throws, and a 401 of the issuer would tell the caller of an API that its own token is bad.
   */
  declare readonly httpStatus?: number
  /** Seconds. */
  declare readonly retryAfter?: number
  /** The same in events about this failure. */
  readonly correlationId: string
  declare readonly cause?: ReducedCause
  // Private, and behind a method: neither JSON, nor `inspect`, nor a logger that copies members finds it.
  readonly #issuerSaid: IssuerSaid | undefined

  /** @param detail - a text of the program's own: nothing that a peer or a user sent, and no secret */
  constructor(reason: ClientErrorReason, detail: string, options: AuthClientErrorOptions = {}) {
    const [code, description] = ERRORS[reason]
    const { status, retryAfter, cause, correlationId = randomId() } = options
    super(
      detail === '' ? description : `${description}: ${printable(detail)}`,
      cause === undefined ? undefined : { cause: reduced(cause) },
    )
    Object.defineProperty(this, BRAND, { value: true })
    this.reason = reason
    this.code = code
    this.correlationId = correlationId
    this.#issuerSaid = options.issuerSaid
    if (status !== undefined) this.httpStatus = status
    if (retryAfter !== undefined) this.retryAfter = retryAfter
  }

  /**
   * What the issuer said itself, for whoever sets a client up: which grant the client may not use, which API it does not know.
   * Undefined where it said nothing. It stands here alone, and not in message, stack, JSON or what is printed, since nobody
   * knows what an issuer puts there: what was sent to it is hidden, and what has the form of a token. Not for answers to users.
   */
  issuerSaid(): IssuerSaid | undefined {
    return this.#issuerSaid
  }

  toJSON(): Readonly<Record<string, unknown>> {
    const { name, reason, code, message, httpStatus: status, retryAfter, correlationId, cause } = this
    return { name, reason, code, message, status, retryAfter, correlationId, cause }
  }
}

/**
 * Whether a value is an {@link AuthClientError}, of this or any other installed copy of the package.
 *
 * @example
 * ```ts
 * import { isAuthClientError } from '@acme/auth-client'
 *
 * const mayTryAgain = (error: unknown) => isAuthClientError(error) && error.retryAfter !== undefined
 * console.log(mayTryAgain(new Error('another')))
 * ```
 */
export function isAuthClientError(value: unknown): value is AuthClientError {
  try {
    return typeof value === 'object' && value !== null && BRAND in value
  } catch {
    // A proxy that does not answer is none.
    return false
  }
}

/** A random text of 128 bits. */
export function randomId(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}

/** Fixed texts only: those of `oauth4webapi`, and ours. Any other message may hold what was sent or received. */
function reduced(cause: unknown): ReducedCause {
  const name = word(memberOf(cause, 'name')) ?? 'Error'
  const code = word(memberOf(cause, 'code')) ?? word(memberOf(memberOf(cause, 'cause'), 'code'))
  const message = memberOf(cause, 'message')
  const isFixed = isAuthClientError(cause) || /^OAUTH_[A-Z_]+$/.test(code ?? '')
  return Object.freeze({
    name,
    ...(code !== undefined && { code }),
    ...(isFixed && typeof message === 'string' && { message: printable(message) }),
  })
}

function memberOf(value: unknown, name: string): unknown {
  try {
    return typeof value === 'object' && value !== null ? (Reflect.get(value, name) as unknown) : undefined // any until here
  } catch {
    return undefined
  }
}

function word(value: unknown): string | undefined {
  return typeof value === 'string' && /^[A-Za-z][A-Za-z0-9_]{0,39}$/.test(value) ? value : undefined
}

function printable(text: string): string {
  return text.replaceAll(/[^\x20-\x7e]/g, '?').slice(0, 300)
}
