import { changedAnswer } from './changed-answer.js'

/**
 * What goes wrong at an endpoint.
 * - `{ status, headers, body }`: this answer. `headers` and `body` default to none.
 * - `{ delay }`: milliseconds, then a good answer.
 * - `'stall'`: the headers and the first bytes come, the body never ends.
 * - `'trickle'`: the headers come, then white space, byte by byte, and the body never ends.
 * - `'reset'`: the connection is reset; an in-process `fetch` rejects as the real one does.
 * - `'redirect-loop'`: 302 to the same URL.
 * - `{ body, contentType }`: 200 with this body, be it HTML, 10 MB or someone else's metadata. `contentType`
 *   defaults to `application/json`.
 * - `'answer-lost'`: the request is carried out, then the connection is reset: a code or a refresh token is used up,
 *   and the client does not know.
 * - `{ change }`: a good answer that lies: these members of its JSON, or parameters of its redirect, in place of its
 *   own; one that is `undefined` is missing. Refusals stay as they are.
 */
export type TestFault =
  | { status: number; headers?: Record<string, string>; body?: string | Uint8Array }
  | { delay: number }
  | 'stall'
  | 'trickle'
  | 'reset'
  | 'redirect-loop'
  | { body: string | Uint8Array; contentType?: string }
  | 'answer-lost'
  | { change: Readonly<Record<string, unknown>> }

/**
 * Answers a request as the fault wants it.
 *
 * @throws TypeError for `'reset'` and `'answer-lost'`
 */
export async function faultyAnswer(
  fault: TestFault,
  request: Request,
  good: () => Promise<Response>,
): Promise<Response> {
  if (fault === 'answer-lost') {
    await good()
    throw connectionReset()
  }
  if (fault === 'stall') return stalled()
  if (fault === 'trickle') return trickling()
  if (fault === 'reset') throw connectionReset()
  if (fault === 'redirect-loop') return redirect(request.url)
  if ('status' in fault) {
    return new Response(bodyOf(fault.body), { status: fault.status, headers: fault.headers ?? {} })
  }
  if ('delay' in fault) {
    await elapsed(fault.delay, request.signal)
    return good()
  }
  if ('change' in fault) return changedAnswer(await good(), fault.change)
  const headers = { 'content-type': fault.contentType ?? 'application/json' }
  return new Response(bodyOf(fault.body), { headers })
}

function bodyOf(body: string | Uint8Array | undefined): string | Uint8Array<ArrayBuffer> | null {
  return body instanceof Uint8Array ? Uint8Array.from(body) : (body ?? null)
}

function stalled(): Response {
  const body = new ReadableStream({
    start(controller) {
      controller.enqueue(new TextEncoder().encode('{'))
    },
  })
  return new Response(body, { headers: { 'content-type': 'application/json' } })
}

const TRICKLE_PAUSE = 20 // milliseconds

function trickling(): Response {
  const gone = new AbortController()
  const body = new ReadableStream({
    async pull(controller) {
      await elapsed(TRICKLE_PAUSE, gone.signal)
      if (!gone.signal.aborted) controller.enqueue(new TextEncoder().encode(' '))
    },
    cancel: () => gone.abort(),
  })
  return new Response(body, { headers: { 'content-type': 'application/json' } })
}

function connectionReset(): TypeError {
  const cause = Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' })
  return new TypeError('fetch failed', { cause })
}

function redirect(location: string): Response {
  return new Response(null, { status: 302, headers: { location } })
}

// Stops waiting when the client goes away, so that no timer outlives a test.
function elapsed(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer)
      signal.removeEventListener('abort', end)
      resolve()
    }
    const timer = setTimeout(end, milliseconds)
    signal.addEventListener('abort', end)
  })
}
