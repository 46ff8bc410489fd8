import { request } from 'node:http'
import type { IncomingMessage } from 'node:http'
import { text } from 'node:stream/consumers'

/** What of a response the demo looks at. */
export interface Answer {
  readonly status: number
  readonly wwwAuthenticate: string | undefined
  readonly cacheControl: string | undefined
  readonly dpopNonce: string | undefined
  /** The members of a JSON object; of any other body, none. */
  readonly body: Readonly<Record<string, unknown>>
}

const ANSWERED_WITHIN = 60_000

/** By name. A list makes a header line of each value, which `fetch` cannot do. */
export type RequestHeaders = Readonly<Record<string, string | readonly string[]>>

/** Sends a request without a body. */
export async function send(method: string, url: URL, headers: RequestHeaders = {}): Promise<Answer> {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    // Without the shared agent: no request is lost on a connection that the server just closed.
    const outgoing = request(url, { method, agent: false, signal: AbortSignal.timeout(ANSWERED_WITHIN) }, resolve)
    for (const [name, value] of Object.entries(headers)) outgoing.setHeader(name, value)
    outgoing.on('error', reject).end()
  })
  return answerTo(response)
}

/** What of a response of Node is looked at. */
export async function answerTo(response: IncomingMessage): Promise<Answer> {
  return {
    status: response.statusCode ?? 0,
    wwwAuthenticate: response.headers['www-authenticate'],
    cacheControl: response.headers['cache-control'],
    dpopNonce: valueOf(response.headers['dpop-nonce']),
    body: members(await text(response)),
  }
}

export async function answerOf(response: Response): Promise<Answer> {
  return {
    status: response.status,
    wwwAuthenticate: response.headers.get('www-authenticate') ?? undefined,
    cacheControl: response.headers.get('cache-control') ?? undefined,
    dpopNonce: response.headers.get('dpop-nonce') ?? undefined,
    body: members(await response.text()),
  }
}

function valueOf(header: string | readonly string[] | undefined): string | undefined {
  return typeof header === 'string' ? header : header?.join(', ')
}

function members(json: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(json)
    return Object.fromEntries(Object.entries(Object(value) as object))
  } catch {
    return {}
  }
}
