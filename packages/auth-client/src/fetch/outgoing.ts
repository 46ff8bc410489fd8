import { AuthClientError } from '../errors.js'

type Fetch = typeof globalThis.fetch
type Input = Parameters<Fetch>[0]
type Init = NonNullable<Parameters<Fetch>[1]>

/** A request of the application, which may be sent several times, each time with other credentials. */
export interface Outgoing {
  readonly url: URL
  readonly method: string
  readonly signal: AbortSignal | undefined
  readonly redirect: 'follow' | 'error' | 'manual'
  /** Whether its body can be sent once only. */
  readonly once: boolean
  /** Whether `fetch` would take it at all; what it throws for such a one is the application's to mend. */
  isValid(): boolean
  send(fetch: Fetch, credentials: Readonly<Record<string, string>>): Promise<Response>
  /** The same without its body, for a redirect (Fetch §4.5) or to ask for a nonce. */
  to(url: URL, method: string, keepsBody: boolean): Outgoing
}

const BODY_HEADERS = ['content-encoding', 'content-language', 'content-length', 'content-location', 'content-type']

/** @throws {AuthClientError} `options_invalid`; what `Request` throws for what is none */
export function outgoing(input: Input, init: Init | undefined): Outgoing {
  if (typeof input !== 'string' && !(input instanceof URL))
    return ofRequest(init === undefined ? input : new Request(input, init))
  const { signal, redirect = 'follow', method = 'GET' } = init ?? {}
  // A copy: the application may change its own while a token is awaited.
  const url = new URL(input)
  if (url.username !== '' || url.password !== '')
    throw new AuthClientError('options_invalid', 'the URL has credentials')
  return {
    url,
    method: normalized(method),
    signal: signal ?? undefined,
    redirect,
    once: isStream(init?.body),
    isValid: () => isValidInit(init),
    send: (fetch, credentials) =>
      fetch(url.href, { ...init, headers: withCredentials(init?.headers, credentials), redirect: 'manual' }),
    to(target, to, keepsBody) {
      if (keepsBody) return outgoing(target, init)
      const { body: _, ...others } = init ?? {}
      return outgoing(target, { ...others, method: to, headers: withoutBody(init?.headers) })
    },
  }
}

/** A Request whose body was taken apart already: it is a stream. */
function ofRequest(request: Request): Outgoing {
  const { signal, redirect, method, body } = request
  const url = new URL(request.url)
  return {
    url,
    method,
    signal,
    redirect,
    once: body !== null,
    isValid: () => true,
    send(fetch, credentials) {
      const headers = withCredentials(request.headers, credentials)
      return fetch(new Request(request, { headers, redirect: 'manual', ...(body !== null && { duplex: 'half' }) }))
    },
    to: (target, to, keepsBody) =>
      ofRequest(
        new Request(target, keepsBody ? request : { headers: withoutBody(request.headers), method: to, signal }),
      ),
  }
}

/** Without what can be used once only, and without what is checked elsewhere. */
function isValidInit(init: Init | undefined): boolean {
  const { body = null, headers: _, signal: __, ...others } = init ?? {}
  try {
    return new Request('https://api.invalid/', { ...others, ...(body !== null && { body: 'x' }) }).method !== ''
  } catch {
    return false
  }
}

/** The headers of the application, with credentials of ours alone. */
function withCredentials(given: Init['headers'], credentials: Readonly<Record<string, string>>): Headers {
  const headers = new Headers(given)
  for (const name of ['authorization', 'dpop']) {
    if (headers.has(name)) throw new AuthClientError('options_invalid', `the header ${name} is set by this fetch alone`)
  }
  for (const [name, value] of Object.entries(credentials)) headers.set(name, value)
  return headers
}

function withoutBody(given: Init['headers']): Headers {
  const headers = new Headers(given)
  for (const name of BODY_HEADERS) headers.delete(name)
  return headers
}

/** Fetch §4.6 "normalize a method". */
function normalized(method: string): string {
  return /^(delete|get|head|options|post|put)$/i.test(method) ? method.toUpperCase() : method
}

/** A ReadableStream, or what Node reads as one. */
function isStream(body: unknown): boolean {
  return typeof body === 'object' && body !== null && ('getReader' in body || Symbol.asyncIterator in body)
}
