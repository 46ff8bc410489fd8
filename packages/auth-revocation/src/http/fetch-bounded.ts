import { readBounded, TooLarge } from './read-bounded.js'
import { Unavailable } from './unavailable.js'

/** A question to an issuer. */
export interface Question {
  readonly url: string
  readonly fetch: typeof globalThis.fetch
  /** Seconds, for all of it, body included. */
  readonly timeout: number
  /** Bytes of the answer. */
  readonly most: number
  readonly accept: string
  /** Posted as JSON. */
  readonly json?: unknown
  readonly authorization?: string | undefined
  readonly signal?: AbortSignal | undefined
  /** @defaultValue 200 alone */
  readonly statuses?: readonly number[] | undefined
}

/**
 * Asks, and reads the answer in full: no redirects, no more than so many bytes, no longer than so many seconds.
 *
 * @throws {Unavailable} for all but an answer with a status that is wanted
 */
export async function fetchBounded(question: Question): Promise<{ type: string; bytes: Uint8Array<ArrayBuffer> }> {
  const { timeout, signal } = question
  const controller = new AbortController()
  let end: (error: Unavailable) => void = () => undefined
  // A race, since a `fetch` of the application may ignore the signal.
  const ended = new Promise<never>((_, reject) => {
    end = reject
  })
  const timer = setTimeout(() => end(new Unavailable(`no answer within ${timeout} s`)), timeout * 1000)
  const stop = (): void => end(new Unavailable('stopped'))
  signal?.addEventListener('abort', stop)
  if (signal?.aborted === true) stop()
  try {
    return await Promise.race([exchange(question, controller.signal), ended])
  } finally {
    clearTimeout(timer)
    signal?.removeEventListener('abort', stop)
    controller.abort()
  }
}

async function exchange(
  question: Question,
  signal: AbortSignal,
): Promise<{ type: string; bytes: Uint8Array<ArrayBuffer> }> {
  const { most, statuses = [200] } = question
  const response = await responseTo(question, signal)
  const { status, headers, body } = response
  if (!statuses.includes(status)) {
    await body?.cancel()
    if (status === 0 || (status > 299 && status < 400)) throw new Unavailable('a redirect, not followed')
    throw new Unavailable(`status ${status}`, secondsOf(headers.get('retry-after')))
  }
  try {
    return { type: mediaTypeOf(headers.get('content-type')), bytes: await readBounded(body ?? undefined, most) }
  } catch (error) {
    throw new Unavailable(
      error instanceof TooLarge ? `an answer of more than ${most} bytes` : 'an answer that broke off',
    )
  }
}

async function responseTo(question: Question, signal: AbortSignal): Promise<Response> {
  const { url, fetch, accept, json, authorization } = question
  const headers = {
    accept,
    ...(json !== undefined && { 'content-type': 'application/json' }),
    ...(authorization !== undefined && { authorization }),
  }
  const posted = json === undefined ? {} : { method: 'POST', body: JSON.stringify(json) }
  try {
    return await fetch(url, { headers, ...posted, redirect: 'manual', signal })
  } catch (error) {
    throw new Unavailable(`no connection${codeOf(error)}`)
  }
}

/** Without its parameters. */
export function mediaTypeOf(header: string | null | undefined): string {
  return (header ?? '').split(';', 1).join('').trim().toLowerCase()
}

/** The code of a system error, such as ECONNREFUSED. Nothing else of an error is told: a `fetch` may put anything into it. */
function codeOf(error: unknown): string {
  const cause: unknown = error instanceof Error ? error.cause : undefined
  const code: unknown = typeof cause === 'object' && cause !== null && 'code' in cause ? cause.code : undefined
  return typeof code === 'string' && /^[A-Z_]{1,40}$/.test(code) ? ` (${code})` : ''
}

/** `Retry-After` in seconds (RFC 9110 §10.2.3), at most five minutes; a date is not read. */
function secondsOf(header: string | null): number {
  return header !== null && /^\d{1,9}$/.test(header) ? Math.min(300, Number(header)) : 1
}
