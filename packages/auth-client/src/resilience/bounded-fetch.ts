import { retryAfter } from '../challenge/retry-after.js'
import { AuthClientError } from '../errors.js'
import { rememberSent } from '../issuer-said.js'

/** Most bytes of an answer of the token endpoint. */
export const TOKEN_BYTES: number = 64 * 1024
/** Most bytes of metadata and key sets. */
export const METADATA_BYTES: number = 512 * 1024

/** A request as `oauth4webapi` makes it. */
export interface BoundedInit {
  readonly method: string
  readonly headers: Record<string, string>
  readonly body?: URLSearchParams | undefined
  readonly redirect: 'manual'
  readonly signal?: AbortSignal | undefined
}

/** What a {@link boundedFetch} works with. */
export interface BoundedFetchOptions {
  readonly fetch: typeof globalThis.fetch
  readonly maxBytes: number
  /** Seconds since the epoch. */
  readonly now: () => number
  /** Is shown each answer, whatever its status. */
  readonly onAnswer?: (answer: Response) => void
}

/**
 * A `fetch` whose answers are read in full, so that a time limit covers the body; of so many bytes at most, without redirects.
 *
 * @throws {AuthClientError} `network`, `rate_limited`, `server`, `answer_invalid`
 */
export function boundedFetch(options: BoundedFetchOptions): (url: string, init: BoundedInit) => Promise<Response> {
  return async (url, init) => {
    const response = await answerOf(options.fetch, url, init)
    options.onAnswer?.(response)
    const { status } = response
    if (isFinal(status)) {
      const bytes = await readBytes(response, options.maxBytes)
      const answer = new Response(bytes.byteLength === 0 ? null : bytes, { status, headers: response.headers })
      rememberSent(answer, init.body, init.headers)
      return answer
    }
    await response.body?.cancel().catch(() => undefined)
    throw failureOf(response, options.now())
  }
}

/** Other answers say the same whatever is in them. */
function isFinal(status: number): boolean {
  return status >= 200 && status < 500 && status !== 429 && !(status >= 300 && status < 400)
}

function failureOf({ status, headers }: Response, now: number): AuthClientError {
  // Nothing that carries credentials or a token follows a redirect.
  if (status < 400) return new AuthClientError('answer_invalid', 'a redirect, not followed', { status })
  return new AuthClientError(status === 429 ? 'rate_limited' : 'server', '', {
    status,
    retryAfter: retryAfter(headers, now),
  })
}

async function answerOf(fetch: typeof globalThis.fetch, url: string, init: BoundedInit): Promise<Response> {
  const { method, headers, redirect, body = null, signal = null } = init
  try {
    return await fetch(url, { method, headers, redirect, body, signal })
  } catch (error) {
    signal?.throwIfAborted()
    throw new AuthClientError('network', 'the connection failed', { cause: error })
  }
}

async function readBytes(response: Response, most: number): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = []
  let read = 0
  for await (const chunk of chunksOf(response)) {
    // An empty chunk counts as a byte: an endless stream of them would never let the time limit fire.
    read += Math.max(1, chunk.byteLength)
    if (read > most) throw new AuthClientError('answer_invalid', `more than ${most} bytes`, { status: response.status })
    chunks.push(chunk)
  }
  return joined(chunks)
}

async function* chunksOf(response: Response): AsyncGenerator<Uint8Array> {
  const reader = response.body?.getReader()
  if (reader === undefined) return
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) {
      const chunk: unknown = next.value
      if (!ArrayBuffer.isView(chunk)) throw new AuthClientError('answer_invalid', 'a body that is no bytes')
      // Of whatever realm, where `instanceof Uint8Array` is false.
      yield new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength)
    }
  } catch (error) {
    throw error instanceof AuthClientError
      ? error
      : new AuthClientError('network', 'the connection broke', { cause: error })
  } finally {
    await reader.cancel().catch(() => undefined)
  }
}

function joined(chunks: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(chunks.reduce((sum, { byteLength }) => sum + byteLength, 0))
  let at = 0
  for (const chunk of chunks) {
    whole.set(chunk, at)
    at += chunk.byteLength
  }
  return whole
}
