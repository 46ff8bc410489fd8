import { AuthClientError } from '../errors.js'

/** How a small JSON document is fetched. */
export interface BoundedJsonOptions {
  readonly fetch: typeof globalThis.fetch
  /** Bytes. */
  readonly maxBytes: number
  /** Seconds, for all of it, the body included. */
  readonly timeout: number
}

/**
 * Fetches a JSON object: no redirects, so much and no more, in so much time.
 *
 * @returns undefined when it is not there (404)
 * @throws {AuthClientError} `network`, `timeout`, `server`, `answer_invalid`
 */
export async function boundedJson(
  url: string,
  { fetch, maxBytes, timeout }: BoundedJsonOptions,
): Promise<Readonly<Record<string, unknown>> | undefined> {
  const signal = AbortSignal.timeout(timeout * 1000)
  try {
    const response = await fetch(url, { headers: { accept: 'application/json' }, redirect: 'manual', signal })
    if (response.status === 404) return (await response.body?.cancel(), undefined)
    if (response.status !== 200)
      throw new AuthClientError('server', `${place(url)} answered ${response.status}`, { status: response.status })
    return objectOf(await boundedText(response, maxBytes, url), url)
  } catch (cause) {
    if (cause instanceof AuthClientError) throw cause
    if (signal.aborted) throw new AuthClientError('timeout', `${place(url)} took more than ${timeout} s`)
    throw new AuthClientError('network', `${place(url)} cannot be reached`, { cause })
  }
}

async function boundedText(response: Response, maxBytes: number, url: string): Promise<string> {
  const parts: Uint8Array[] = []
  let size = 0
  const reader = response.body?.getReader()
  for (let read = await reader?.read(); read !== undefined && !read.done; read = await reader?.read()) {
    size += read.value.length
    if (size > maxBytes) {
      await reader?.cancel()
      throw new AuthClientError('answer_invalid', `${place(url)} answered more than ${maxBytes} bytes`)
    }
    parts.push(read.value)
  }
  return new Blob(parts as BlobPart[]).text() // bytes of a response are of no shared memory
}

function objectOf(text: string, url: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown> // just checked
  } catch {
    // Told below, without the text: it may hold anything.
  }
  throw new AuthClientError('answer_invalid', `${place(url)} is no JSON object`)
}

/** Without a query, which may hold anything. */
function place(url: string): string {
  const { origin, pathname } = new URL(url)
  return origin + pathname
}
