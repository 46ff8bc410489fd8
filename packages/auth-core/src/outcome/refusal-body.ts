import type { AuthError } from './errors.js'

/** What a refusal is, for {@link FormatRefusal}. A copy: nothing that is written to it changes the answer. */
export interface Refusal extends Pick<AuthError, 'status' | 'reason' | 'code' | 'error' | 'description'> {
  /** Ties the answer to its event and its line in the log. */
  readonly correlationId: string | undefined
  /** What exactly was wrong: for the operator, and not to be sent in production. */
  readonly detail: string | undefined
}

/** Shapes the body of a refusal. */
export type FormatRefusal = (refusal: Refusal) => RefusalBody

/** The body of a refusal, and its media type. */
export interface RefusalBody {
  /** @defaultValue 'application/json; charset=utf-8' */
  readonly contentType?: string
  /** Text, or what is sent as JSON. */
  readonly body: unknown
}

/** A body as it is sent. */
export interface SentBody {
  readonly contentType: string
  readonly text: string
  /** Bytes. */
  readonly length: number
}

/** The body without a function. It is ASCII. */
export function usualBody(error: AuthError): SentBody {
  const text = JSON.stringify(error.toJSON())
  return { contentType: 'application/json; charset=utf-8', text, length: text.length }
}
