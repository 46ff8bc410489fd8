import { tell } from '../outcome/fault.js'
import { printable } from '../util/quote.js'

/** A document that could not be fetched, or that is of no use. The message names the cause, for the operator. */
export class FetchError extends Error {
  override readonly name = 'FetchError'
  /** The HTTP status, when there was an answer. */
  readonly status: number | undefined
  readonly timedOut: boolean

  constructor(message: string, options: { status?: number; timedOut?: boolean; cause?: unknown } = {}) {
    // It may hold a URL that a document names, or what a library says about bytes from outside.
    super(printable(message, 500), options.cause === undefined ? undefined : { cause: options.cause })
    this.status = options.status
    this.timedOut = options.timedOut ?? false
  }
}

/** Whatever a function that fetches throws, as what it is: a document that could not be fetched. */
export function asFetchError(url: string, thrown: unknown): FetchError {
  let told = 'failed'
  try {
    if (thrown instanceof FetchError) return thrown
    told = causeOf(thrown)
  } catch {
    // A proxy, or a message that throws when it is read.
  }
  return new FetchError(`${url}: ${told}`, { cause: thrown })
}

function causeOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return 'failed'
  // undici says "fetch failed" and keeps what happened in the cause.
  return thrown.cause instanceof Error ? `${tell(thrown)}: ${tell(thrown.cause)}` : tell(thrown)
}
