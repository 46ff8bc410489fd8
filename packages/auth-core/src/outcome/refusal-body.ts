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

const JSON_TYPE = 'application/json; charset=utf-8'

// RFC 9110 §8.3.1: a media type with parameters, in one line.
const MEDIA_TYPE = /^[\w!#$&^.+-]+\/[\w!#$&^.+-]+(?:; ?[\w!#$&^.+-]+=(?:[\w!#$&^.+-]+|"[^"\\\p{Cc}]*"))*$/u

/**
 * The body of a refusal. A function that throws, or answers what no body can be made of, does not keep the request from
 * being refused: then the body is as without it.
 */
export function refusalBody(error: AuthError, format: FormatRefusal | undefined): SentBody {
  const own = format && formatted(error, format)
  if (own !== undefined) return own
  const text = JSON.stringify(error.toJSON())
  // It is ASCII.
  return { contentType: JSON_TYPE, text, length: text.length }
}

function formatted(refused: AuthError, format: FormatRefusal): SentBody | undefined {
  const { status, reason, code, error, description, correlationId, detail } = refused
  try {
    const answer = format({ status, reason, code, error, description, correlationId, detail })
    const { contentType = JSON_TYPE, body } = answer
    const text: unknown = typeof body === 'string' ? body : JSON.stringify(body)
    if (typeof text !== 'string' || !MEDIA_TYPE.test(contentType)) return undefined
    return { contentType, text, length: new TextEncoder().encode(text).length }
  } catch {
    return undefined
  }
}
