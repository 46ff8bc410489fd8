import { mediaTypeOf } from './fetch-bounded.js'
import { readBounded, TooLarge } from './read-bounded.js'
import type { Parts } from './read-bounded.js'

/** A request as frameworks have it: a web `Request`, or a Node one with itself as `body`. */
export interface HttpRequest {
  readonly method?: string | undefined
  readonly headers: HttpHeaders
  /** Text, bytes, or a stream that nobody has read yet. */
  readonly body?: unknown
}

type HttpHeaders =
  | { get(name: string): string | null }
  | Readonly<Record<string, string | readonly string[] | undefined>>

/** What to answer. */
export interface HttpAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  /** JSON, or `null` where there is nothing to say. */
  readonly body: string | null
}

// Seconds for the body: who sends it byte by byte holds no memory for longer.
const TIMEOUT = 10

/** The value of a header; `undefined` where there is none, or several. */
export function headerOf({ headers }: HttpRequest, name: string): string | undefined {
  if (typeof headers.get === 'function') return headers.get(name) ?? undefined
  // as: what has no `get` function is a record, in which that name is a header like others
  const value = (headers as Readonly<Record<string, unknown>>)[name]
  return typeof value === 'string' ? value : undefined
}

/** The media type, in small letters. */
export function typeOf(request: HttpRequest): string {
  return mediaTypeOf(headerOf(request, 'content-type'))
}

/**
 * The body as text: at most so many bytes, in UTF-8.
 *
 * @returns `undefined` for one that is too large, too slow, broken off, no UTF-8, or was parsed by somebody else
 */
export async function textOf(request: HttpRequest, most: number): Promise<string | undefined> {
  if (Number(headerOf(request, 'content-length') ?? 0) > most) return undefined
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), TIMEOUT * 1000)
  })
  try {
    return await Promise.race([read(request.body, most), late])
  } catch (error) {
    if (error instanceof TypeError || error instanceof TooLarge || isBrokenOff(error)) return undefined
    throw error
  } finally {
    clearTimeout(timer)
  }
}

async function read(body: unknown, most: number): Promise<string | undefined> {
  const bytes = typeof body === 'string' ? new TextEncoder().encode(body) : body
  if (ArrayBuffer.isView(bytes)) return decoded(new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength), most)
  return isParts(body) ? decoded(await readBounded(body, most), most) : undefined
}

function decoded(bytes: Uint8Array, most: number): string | undefined {
  return bytes.length > most ? undefined : new TextDecoder('utf-8', { fatal: true }).decode(bytes)
}

function isParts(body: unknown): body is Parts {
  return typeof body === 'object' && body !== null && ('getReader' in body || Symbol.asyncIterator in body)
}

/** The client went away: there is nobody to answer to. */
function isBrokenOff(error: unknown): boolean {
  return error instanceof Error && ('code' in error || error.name === 'AbortError')
}

/** An answer as JSON, that nobody keeps. */
export function jsonAnswer(status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): HttpAnswer {
  const all = { 'content-type': 'application/json', 'cache-control': 'no-store', ...headers }
  return { status, headers: all, body: JSON.stringify(body) }
}

/** An answer without a body. */
export function emptyAnswer(status: number, headers: Readonly<Record<string, string>> = {}): HttpAnswer {
  return { status, headers: { 'cache-control': 'no-store', ...headers }, body: null }
}
