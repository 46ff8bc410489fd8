import { RetryLater } from './limits.js'

/** What a client gets to know of a failure that is no refusal. */
export interface FaultAnswer {
  readonly status: number
  /** Of the answer, beside those of its body. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: {
    readonly error: 'bad_request' | 'not_found' | 'internal_error' | 'too_many_requests' | 'temporarily_unavailable'
  }
}

/** The answer to an error that reached the framework; a fault of ours is logged, and not told to the client. */
export function answerFault(error: unknown): FaultAnswer {
  if (error instanceof RetryLater) return answerLater(error)
  const status = statusOf(error)
  if (status === 404) return { status, headers: {}, body: { error: 'not_found' } }
  if (status >= 400 && status < 500) return { status, headers: {}, body: { error: 'bad_request' } }
  console.error(JSON.stringify({ event: 'fault', error: error instanceof Error ? error.stack : String(error) }))
  return { status: 500, headers: {}, body: { error: 'internal_error' } }
}

function answerLater({ status, retryAfter }: RetryLater): FaultAnswer {
  const error = status === 429 ? 'too_many_requests' : 'temporarily_unavailable'
  // RFC 6585 §4: a 429 is not to be stored by a cache.
  return { status, headers: { 'retry-after': String(retryAfter), 'cache-control': 'no-store' }, body: { error } }
}

/** Frameworks put the status of their own errors under one of these names. */
function statusOf(error: unknown): number {
  if (!(error instanceof Error)) return 500
  const { status, statusCode } = error as { status?: unknown; statusCode?: unknown } // absent on other errors
  const found = status ?? statusCode
  return typeof found === 'number' ? found : 500
}
