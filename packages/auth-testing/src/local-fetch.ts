/** Answers one request without a network. */
export type Handler = (request: Request) => Promise<Response>

/**
 * A `fetch` that reaches one origin, in process. It behaves as the real one where a client may care: the
 * signal ends a pending answer and a pending body, redirects are followed, handed out or refused as
 * `init.redirect` says, and every other origin is unreachable.
 */
export function localFetch(origin: string, handler: Handler): typeof globalThis.fetch {
  return async (input, init) => {
    const request = new Request(input, init)
    // Not request.signal, which does not keep a signal of the caller's alive.
    const signal = init?.signal ?? (input instanceof Request ? input.signal : undefined)
    signal?.throwIfAborted()
    const response = answer(origin, handler, request)
    return signal ? abortable(await untilAborted(response, signal), signal) : response
  }
}

// Fetch standard, HTTP-redirect fetch: the twenty-first redirect is a network error.
const MAX_REDIRECTS = 20

async function answer(origin: string, handler: Handler, request: Request, redirects = 0): Promise<Response> {
  if (new URL(request.url).origin !== origin) throw failed(`${request.url} is not served here`)
  const response = await handler(request)
  const location = response.status >= 300 && response.status < 400 && response.headers.get('location')
  if (!location || request.redirect === 'manual') return described(response, request.url, redirects > 0)
  if (request.redirect === 'error') throw failed('unexpected redirect')
  if (redirects === MAX_REDIRECTS) throw failed('redirect count exceeded')
  return answer(origin, handler, followUp(request, response.status, location), redirects + 1)
}

// Fetch standard, HTTP-redirect fetch: what was posted is not posted again after 301, 302 and 303.
function followUp(request: Request, status: number, location: string): Request {
  const url = new URL(location, request.url)
  const isPosted = request.method === 'POST' && (status === 301 || status === 302)
  if (!isPosted && !(status === 303 && request.method !== 'GET')) return new Request(url, request)
  return new Request(url, { redirect: request.redirect, headers: withoutContent(request.headers) })
}

function withoutContent(headers: Headers): Headers {
  const rest = new Headers(headers)
  for (const name of ['content-type', 'content-length']) rest.delete(name)
  return rest
}

function failed(reason: string): TypeError {
  return new TypeError('fetch failed', { cause: new Error(reason) })
}

function described(response: Response, url: string, redirected: boolean): Response {
  return Object.defineProperties(response, { url: { value: url }, redirected: { value: redirected } })
}

function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason)
    signal.addEventListener('abort', abort)
    const done = (): void => signal.removeEventListener('abort', abort)
    work.then(resolve, reject).finally(done)
  })
}

function abortable(response: Response, signal: AbortSignal): Response {
  if (!response.body) return response
  const body = response.body.pipeThrough(new TransformStream(), { signal })
  return described(new Response(body, response), response.url, response.redirected)
}
