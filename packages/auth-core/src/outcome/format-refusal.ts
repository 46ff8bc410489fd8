import type { AuthError } from './errors.js'
import { usualBody } from './refusal-body.js'
import type { FormatRefusal, SentBody } from './refusal-body.js'

const JSON_TYPE = 'application/json; charset=utf-8'

// RFC 9110 §8.3.1: a media type with parameters, in one line.
const MEDIA_TYPE = /^[\w!#$&^.+-]+\/[\w!#$&^.+-]+(?:; ?[\w!#$&^.+-]+=(?:[\w!#$&^.+-]+|"[^"\\\p{Cc}]*"))*$/u

/**
 * The body of a refusal, by a function of the application. One that throws, or answers what no body can be made of, does
 * not keep the request from being refused: then the body is the usual one.
 */
export function formattedBody(format: FormatRefusal, refused: AuthError): SentBody {
  const { status, reason, code, error, description, correlationId, detail } = refused
  try {
    const answer = format({ status, reason, code, error, description, correlationId, detail })
    const { contentType = JSON_TYPE, body } = answer
    const text: unknown = typeof body === 'string' ? body : JSON.stringify(body)
    if (typeof text !== 'string' || !MEDIA_TYPE.test(contentType)) return usualBody(refused)
    return { contentType, text, length: new TextEncoder().encode(text).length }
  } catch {
    return usualBody(refused)
  }
}
