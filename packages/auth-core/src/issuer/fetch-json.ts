import { isPlainObject, isSecure, parseUrl } from '../settings.js'

const MAX_BYTES = 512 * 1024
const MAX_REDIRECTS = 3

/** A document that could not be fetched. The message names the cause, for the operator. */
export class FetchError extends Error {
  override readonly name = 'FetchError'
  /** The HTTP status, when there was an answer. */
  readonly status: number | undefined
  readonly timedOut: boolean

  constructor(message: string, options: { status?: number; timedOut?: boolean; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.status = options.status
    this.timedOut = options.timedOut ?? false
  }
}

/** A JSON object that was fetched. */
export interface FetchedJson {
  readonly value: Readonly<Record<string, unknown>>
  /** `max-age` of Cache-Control, in seconds (RFC 9111 §5.2.2.1). */
  readonly maxAge: number | undefined
}

/**
 * Fetches a JSON object with bounds: one timeout for everything, body included; at most 512 KiB; redirects only
 * within the origin.
 *
 * @throws {FetchError}
 */
export async function fetchJson(url: string, fetch: typeof globalThis.fetch, timeout: number): Promise<FetchedJson> {
  // A timer of its own and not AbortSignal.timeout: it is cleared with the answer and holds no process open.
  const controller = new AbortController()
  const expired = new Promise<never>((_, reject) => {
    controller.signal.addEventListener('abort', () => {
      reject(new FetchError(`${url}: no answer in time`, { timedOut: true }))
    })
  })
  const timer = setTimeout(() => controller.abort(), timeout * 1000)
  try {
    // The race covers a fetch that ignores its signal.
    return await Promise.race([request(url, fetch, controller.signal), expired])
  } catch (cause) {
    if (cause instanceof FetchError) throw cause
    throw new FetchError(`${url}: ${causeOf(cause)}`, { cause })
  } finally {
    clearTimeout(timer)
    expired.catch(() => undefined)
    controller.abort()
  }
}

async function request(start: string, fetch: typeof globalThis.fetch, signal: AbortSignal): Promise<FetchedJson> {
  let url = start
  for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
    const response = await fetch(url, { signal, redirect: 'manual', headers: { accept: 'application/json' } })
    if (response.status < 300 || response.status > 399) return readJson(url, response)
    await response.body?.cancel()
    url = redirectTarget(url, response)
  }
  throw new FetchError(`${start}: more than ${MAX_REDIRECTS} redirects`)
}

function redirectTarget(url: string, response: Response): string {
  const location = response.headers.get('location')
  const target = location === null || !URL.canParse(location, url) ? undefined : new URL(location, url)
  if (target === undefined) throw new FetchError(`${url}: status ${response.status}`, { status: response.status })
  // Another origin could be anything that this process can reach.
  if (target.origin !== parseUrl(url)?.origin || !isSecure(target))
    throw new FetchError(`${url}: redirects to another origin`)
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

async function readBody(url: string, response: Response): Promise<Uint8Array> {
  const reader = response.body?.getReader()
  if (reader === undefined) return new Uint8Array()
  const chunks: Uint8Array[] = []
  let length = 0
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    chunks.push(next.value)
    length += next.value.length
    if (length > MAX_BYTES) {
      await reader.cancel()
      throw new FetchError(`${url}: more than ${MAX_BYTES} bytes`)
    }
  }
  const body = new Uint8Array(length)
  let offset = 0
  for (const chunk of chunks) {
    body.set(chunk, offset)
    offset += chunk.length
  }
  return body
}

function cacheMaxAge(header: string | null): number | undefined {
  const [, digits] = /(?:^|[\s,])max-age=(\d{1,9})(?:$|[\s,])/i.exec(header ?? '') ?? []
  return digits === undefined ? undefined : Number(digits)
}

function causeOf(cause: unknown): string {
  if (!(cause instanceof Error)) return 'failed'
  // undici says "fetch failed" and keeps what happened in the cause.
  return cause.cause instanceof Error ? `${cause.message}: ${cause.cause.message}` : cause.message
}
