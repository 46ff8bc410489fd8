import { keepShape } from '../util/keep-shape.js'
import { REASONS } from './reasons.js'
import type { AuthErrorReason } from './reasons.js'

export type { AuthErrorReason } from './reasons.js'

/** An authentication scheme of this resource server: RFC 6750 or RFC 9449. */
export type AuthScheme = 'Bearer' | 'DPoP'

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

/**
 * A request that is refused for a known reason. Everything that reaches the client is in `status`, `headers` and
 * `toJSON()`; `detail` and `cause` are for the operator.
 */
export class AuthError extends Error {
  override readonly name = 'AuthError'
  readonly reason: AuthErrorReason
  /** Stable code, grouped: `AUTH_1xxx`, `VAL_2xxx`, `NET_3xxx`, `RATE_4xxx`, `SRV_5xxx`, `DPOP_6xxx`. */
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
    keepShape(new AuthError('token_expired'))
  }

  constructor(reason: AuthErrorReason, options: AuthErrorOptions = NO_OPTIONS) {
    const [status, error, code, description] = REASONS[reason]
    super(description, options.cause === undefined ? undefined : { cause: options.cause })
    this.reason = reason
    this.status = status
    this.error = error
    this.code = code
    this.description = description
    this.detail = options.detail
    this.scheme = options.scheme
    this.parameters = options.parameters ?? NO_PARAMETERS
    this.nonce = options.nonce
    this.retryAfter = options.retryAfter
  }

  /** The same as `status`, by the name that Fastify and Express' `http-errors` know. */
  get statusCode(): number {
    return this.status
  }

  /** Whether the message is for the client, as `http-errors` has it: for all that is not the server's fault. */
  get expose(): boolean {
    return this.status < 500
  }

  /** What Hono answers with where a handler throws this, and there is no `onError`. */
  getResponse(): Response {
    const fixed = { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store' }
    return new Response(JSON.stringify(this), { status: this.status, headers: { ...fixed, ...this.headers } })
  }

  /** The response body, unless `formatRefusal` makes another. */
  toJSON(): { error: string; error_description: string; code: string; correlation_id: string | undefined } {
    return {
      error: this.error,
      error_description: this.description,
      code: this.code,
      correlation_id: this.correlationId,
    }
  }
}

/**
 * Whether a value is an {@link AuthError}, of this or any other installed copy of the package.
 * @example
 * ```ts
 * import { isAuthError } from '@acme/auth-core'
 * import express from 'express'
 *
 * const app = express()
 * app.use((error: unknown, req: express.Request, res: express.Response, next: express.NextFunction) => {
 *   if (!isAuthError(error)) return next(error)
 *   res.status(error.status).set(error.headers).json(error)
 * })
 * ```
 */
export function isAuthError(value: unknown): value is AuthError {
  try {
    return typeof value === 'object' && value !== null && BRAND in value
  } catch {
    // A proxy that does not answer is none.
    return false
  }
}

/**
 * An AuthError without a stack trace: a refusal is an expected outcome, and capturing the stack would be most of the cost of
 * refusing.
 */
export function refusal(reason: AuthErrorReason, detail?: string, options?: AuthErrorOptions): AuthError {
  const limit = engine.stackTraceLimit
  limitStack(0)
  try {
    return new AuthError(reason, { ...options, ...(detail !== undefined && { detail }) })
  } finally {
    limitStack(limit)
  }
}

/** The same refusal for one more request: scheme, headers and correlation id are those of one alone. */
export function anew({ reason, detail, cause, parameters, nonce, retryAfter }: AuthError): AuthError {
  return refusal(reason, detail, {
    cause,
    parameters,
    ...(nonce !== undefined && { nonce }),
    ...(retryAfter !== undefined && { retryAfter }),
  })
}

/** Says more in the detail of a refusal of which nobody was told yet. */
export function addDetail(error: AuthError, more: string): void {
  const open: { detail: string | undefined } = error
  open.detail = error.detail === undefined ? more : `${error.detail}; ${more}`
}

/** Another status, where RFCs leave it open, for a refusal of which nobody was told yet. */
export function setStatus(error: AuthError, status: 400 | 401): void {
  const open: { status: number } = error
  open.status = status
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
