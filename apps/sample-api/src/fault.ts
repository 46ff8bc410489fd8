/** What a client gets to know of a failure that is no refusal. */
export interface FaultAnswer {
  readonly status: number
  readonly body: { readonly error: 'bad_request' | 'not_found' | 'internal_error' }
}

/** The answer to an error that reached the framework; a fault of ours is logged, and not told to the client. */
export function answerFault(error: unknown): FaultAnswer {
  const status = statusOf(error)
  if (status === 404) return { status, body: { error: 'not_found' } }
  if (status >= 400 && status < 500) return { status, body: { error: 'bad_request' } }
  console.error(JSON.stringify({ event: 'fault', error: error instanceof Error ? error.stack : String(error) }))
  return { status: 500, body: { error: 'internal_error' } }
}

/** Frameworks put the status of their own errors under one of these names. */
function statusOf(error: unknown): number {
  if (!(error instanceof Error)) return 500
  const { status, statusCode } = error as { status?: unknown; statusCode?: unknown } // absent on other errors
  const found = status ?? statusCode
  return typeof found === 'number' ? found : 500
}
