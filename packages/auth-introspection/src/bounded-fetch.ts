import { EndpointError } from './endpoint-error.js'

const MAX_BYTES = 512 * 1024
// Objects and lists in a document: more would overflow the stack of what walks it.
const MAX_OPENED = 1000

/** A request as `oauth4webapi` makes it. */
interface Init {
  readonly method: string
  readonly headers: Record<string, string>
  readonly body?: URLSearchParams | undefined
  readonly redirect: 'manual'
  readonly signal?: AbortSignal | undefined
}

/** See {@link boundedFetch}. */
export type BoundedFetch = (url: string, init: Init) => Promise<Response>

/**
 * A `fetch` for the issuer's documents and answers: at most 512 KiB, no redirects, and what a status means. Answers are read in
 * full, so that the time limit covers the body.
 *
 * @throws {EndpointError} for all but a document
 */
export function boundedFetch(fetch: typeof globalThis.fetch): BoundedFetch {
  return async (url, init) => {
    const response = await answerOf(fetch, url, init)
    const { status } = response
    const isQuestion = init.method === 'POST'
    // What is in the answer to a question depends on the token: it must not stop the tokens of others.
    if (status === 200) return documentOf(response, isQuestion ? 'rejected' : 'failed')
    if (isQuestion && status === 400) throw await rejection(response)
    await response.body?.cancel()
    // RFC 7662 §2.3, RFC 6749 §5.2. 403: this client may not introspect.
    if (isQuestion && (status === 401 || status === 403)) throw misconfigured(`status ${status}`)
    // Nothing that carries credentials and a token follows a redirect.
    if (status === 0 || (status > 299 && status < 400)) throw new EndpointError('failed', 'a redirect, not followed')
    const isTooMuch = isQuestion && [413, 414, 422, 431].includes(status)
    throw new EndpointError(isTooMuch ? 'rejected' : 'failed', `status ${status}`)
  }
}

async function answerOf(fetch: typeof globalThis.fetch, url: string, init: Init): Promise<Response> {
  const { method, headers, redirect, body = null, signal = null } = init
  try {
    return await fetch(url, { method, headers, redirect, body, signal })
  } catch (error) {
    throw new EndpointError('failed', `no connection${codeOf(error)}`)
  }
}

function misconfigured(seen: string): EndpointError {
  return new EndpointError('misconfigured', `${seen}: the issuer refuses the client id or credentials of this API`)
}

async function documentOf(response: Response, kind: EndpointError['kind']): Promise<Response> {
  const text = await readText(response)
  const outsideOfStrings = text.replaceAll(/"(?:[^"\\]|\\.)*"/g, '')
  if ((outsideOfStrings.match(/[[{]/g)?.length ?? 0) > MAX_OPENED)
    throw new EndpointError(kind, 'too many objects in the answer')
  return new Response(text, { headers: { 'content-type': response.headers.get('content-type') ?? '' } })
}

/** RFC 6749 §5.2: some servers answer 400 to wrong credentials. Of the body, nothing but that is told: it may hold anything. */
async function rejection(response: Response): Promise<EndpointError> {
  const text = await readText(response)
  const [, code] = /"error"\s*:\s*"(invalid_client|unauthorized_client)"/.exec(text) ?? []
  return code === undefined ? new EndpointError('rejected', 'status 400') : misconfigured(`status 400, ${code}`)
}

async function readText(response: Response): Promise<string> {
  const reader = response.body?.getReader()
  if (reader === undefined) return ''
  const decoder = new TextDecoder()
  let text = ''
  let read = 0
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    const chunk: unknown = next.value
    if (!ArrayBuffer.isView(chunk)) throw new EndpointError('failed', 'a body that is no bytes')
    // An empty chunk counts as a byte: an endless stream of them would never let the time limit fire.
    read += Math.max(1, chunk.byteLength)
    if (read > MAX_BYTES) {
      await reader.cancel()
      throw new EndpointError('failed', `an answer of more than ${MAX_BYTES} bytes`)
    }
    // Of whatever realm, where `instanceof Uint8Array` is false.
    text += decoder.decode(new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength), { stream: true })
  }
  return text + decoder.decode()
}

/** The code of a system error, such as ECONNREFUSED. Nothing else of an error is told: a `fetch` may put anything into it. */
function codeOf(error: unknown): string {
  const cause: unknown = error instanceof Error ? error.cause : undefined
  const code: unknown = typeof cause === 'object' && cause !== null && 'code' in cause ? cause.code : undefined
  return typeof code === 'string' && /^[A-Z0-9_]{1,40}$/.test(code) ? `: ${code}` : ''
}
