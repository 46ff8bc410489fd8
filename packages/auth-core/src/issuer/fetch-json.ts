import { isPlainObject } from '../util/json.js'
import { parseUrl } from '../util/url.js'
import { milliseconds } from '../util/time-limit.js'
import { asFetchError, FetchError } from './fetch-error.js'
import { readBody } from './read-body.js'

const MAX_REDIRECTS = 3

/** A JSON object that was fetched. */
export interface FetchedJson {
  readonly value: Readonly<Record<string, unknown>>
  /** `max-age` of Cache-Control, in seconds (RFC 9111 §5.2.2.1). */
  readonly maxAge: number | undefined
}

/** How a document is requested. */
export interface FetchJsonOptions {
  readonly fetch: typeof globalThis.fetch
  /** The time limit for redirects and body together, in seconds. */
  readonly timeout: number
  /** The header Accept. @defaultValue 'application/json' */
  readonly accept?: string
}

/**
 * Fetches a JSON object within bounds: one time limit for everything, body included; at most 512 KiB; at most three
 * redirects, within the origin. Bypasses caches, from which a key that the issuer has revoked could come back.
 *
 * @throws {FetchError} for every failure, whatever a `fetch` of the application throws or returns
 */
export async function fetchJson(url: string, options: FetchJsonOptions): Promise<FetchedJson> {
  // Not AbortSignal.timeout, whose timer could not be cleared after the answer.
  const controller = new AbortController()
  const expired = new Promise<never>((_, reject) => {
    controller.signal.addEventListener('abort', () => {
      reject(new FetchError(`${url}: no answer in time`, { timedOut: true }))
    })
  })
  const timer = setTimeout(() => controller.abort(), milliseconds(options.timeout))
  try {
    // A race, since a `fetch` of the application may ignore the signal.
    return await Promise.race([request(url, options, controller.signal), expired])
  } catch (thrown) {
    throw asFetchError(url, thrown)
  } finally {
    clearTimeout(timer)
    expired.catch(() => undefined)
    controller.abort()
  }
}

async function request(
  start: string,
  { fetch, accept = 'application/json' }: FetchJsonOptions,
  signal: AbortSignal,
): Promise<FetchedJson> {
  let url = start
  // Cache-Control (RFC 9111 §5.2.1.4) is for caches in the network, `cache` for the one of the runtime or framework.
  const headers = { accept, 'cache-control': 'no-cache' }
  for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
    const response = await fetch(url, { signal, redirect: 'manual', headers, ...noStore() })
    if (response.status < 300 || response.status > 399) return readJson(url, response)
    await response.body?.cancel()
    url = redirectTarget(url, response)
  }
  throw new FetchError(`${start}: more than ${MAX_REDIRECTS} redirects`)
}

/**
 * `cache: 'no-store'`, if the runtime supports it. Cloudflare Workers with a compatibility date before 2024-11-11 throw
 * for any cache mode; they do not cache unless told to.
 */
function noStore(): { readonly cache?: 'no-store' } {
  try {
    const { cache } = new Request('https://cache.invalid/', { cache: 'no-store' })
    return cache === 'no-store' ? { cache } : {}
  } catch {
    return {}
  }
}

function redirectTarget(url: string, response: Response): string {
  const location = response.headers.get('location')
  const target = location === null || !URL.canParse(location, url) ? undefined : new URL(location, url)
  if (target === undefined) throw new FetchError(`${url}: status ${response.status}`, { status: response.status })
  // SSRF (CWE-918): another origin could be any internal service, and another scheme a downgrade to http.
  if (target.origin !== parseUrl(url)?.origin) throw new FetchError(`${url}: redirects to another origin`)
  return target.href
}

async function readJson(url: string, response: Response): Promise<FetchedJson> {
  if (response.status !== 200) {
    await response.body?.cancel()
    throw new FetchError(`${url}: status ${response.status}`, { status: response.status })
  }
  const text = new TextDecoder().decode(await readBody(url, response))
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    throw new FetchError(`${url}: not JSON`, { cause })
  }
  if (!isPlainObject(value)) throw new FetchError(`${url}: not a JSON object`)
  return { value, maxAge: cacheMaxAge(response.headers.get('cache-control')) }
}

function cacheMaxAge(header: string | null): number | undefined {
  const [, digits] = /(?:^|[\s,])max-age=(\d{1,9})(?:$|[\s,])/i.exec(header ?? '') ?? []
  return digits === undefined ? undefined : Number(digits)
}
