import { tell } from '../outcome/fault.js'
import { printable } from '../util/quote.js'

/** A document that could not be fetched, or that is unusable. The message names the cause, for the operator. */
export class FetchError extends Error {
  override readonly name = 'FetchError'
  /** The HTTP status, when there was an answer. */
  readonly status: number | undefined
  readonly timedOut: boolean

  constructor(message: string, options: { status?: number; timedOut?: boolean; cause?: unknown } = {}) {
    // Escaped, since it may quote a URL from a fetched document, or the words of a library about fetched bytes.
    super(printable(message, 500), options.cause === undefined ? undefined : { cause: options.cause })
    this.status = options.status
    this.timedOut = options.timedOut ?? false
  }
}

/** Wraps what `fetch` threw, which may be any value, in a {@link FetchError}. Never throws. */
export function asFetchError(url: string, thrown: unknown): FetchError {
  let reason = 'failed'
  try {
    if (thrown instanceof FetchError) return thrown
    reason = causeOf(thrown)
  } catch {
    // A getter of `message` or `cause`, or the trap of a Proxy, has thrown.
  }
  return new FetchError(`${url}: ${reason}`, { cause: thrown })
}

function causeOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return 'failed'
  // The message of undici is always "fetch failed"; its `cause` says what happened.
  return thrown.cause instanceof Error ? `${tell(thrown)}: ${tell(thrown.cause)}` : tell(thrown)
}
