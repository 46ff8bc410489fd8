import { AuthClientError } from '../errors.js'
import { boundedFetch } from '../resilience/bounded-fetch.js'

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
  const ask = boundedFetch({ fetch, maxBytes, now: () => Date.now() / 1000 })
  try {
    const response = await ask(url, {
      method: 'GET',
      headers: { accept: 'application/json' },
      redirect: 'manual',
      signal,
    })
    const { status } = response
    if (status === 404) return undefined
    if (status !== 200) throw new AuthClientError('server', `${place(url)} answered ${status}`, { status })
    return objectOf(await response.text(), url)
  } catch (error) {
    if (signal.aborted) throw new AuthClientError('timeout', `${place(url)} took more than ${timeout} s`)
    throw error
  }
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
