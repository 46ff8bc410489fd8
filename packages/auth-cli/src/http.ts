import { request as httpRequest } from 'node:http'
import type { IncomingMessage } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib'

/** An answer, its body bounded. */
export interface HttpAnswer {
  readonly status: number
  /** In lower case; lines of one name are joined. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** What is sent. */
export interface HttpRequest {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  /** Seconds for all of it. @defaultValue 10 */
  readonly timeout?: number
}

// Bytes.
const MOST_BODY = 1_000_000

/**
 * Sends a request by a connection of its own, so that a load balancer chooses anew. Follows no redirect.
 *
 * @throws {Error} with the system's `code`, such as `ECONNREFUSED`
 */
export function send(
  url: string,
  { method = 'GET', headers = {}, body, timeout = 10 }: HttpRequest = {},
): Promise<HttpAnswer> {
  const { promise, resolve, reject } = withResolvers<HttpAnswer>()
  const start = url.startsWith('https:') ? httpsRequest : httpRequest
  const outgoing = start(url, {
    method,
    headers: { ...headers },
    agent: false,
    signal: AbortSignal.timeout(timeout * 1000),
  })
  outgoing.on('response', (incoming) => {
    readBody(incoming).then((text) => resolve(answerOf(incoming, text)), reject)
  })
  outgoing.on('error', reject)
  outgoing.end(body)
  return promise
}

function answerOf({ statusCode = 0, headers }: IncomingMessage, body: string): HttpAnswer {
  const joined = Object.entries(headers).map(([name, value]) => [
    name,
    Array.isArray(value) ? value.join(', ') : (value ?? ''),
  ])
  return { status: statusCode, headers: Object.fromEntries(joined) as Record<string, string>, body } // pairs of text, as above
}

async function readBody(incoming: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of decoded(incoming)) {
    const bytes = chunk as Buffer // no encoding was set
    size += bytes.length
    if (size > MOST_BODY) throw new Error(`the body is larger than ${MOST_BODY} bytes`)
    chunks.push(bytes)
  }
  return Buffer.concat(chunks).toString('utf8')
}

/** Nothing of it was asked for: some servers compress all the same. What is no such body ends in an error of zlib. */
function decoded(incoming: IncomingMessage): NodeJS.ReadableStream {
  const decoder = {
    gzip: createGunzip,
    'x-gzip': createGunzip,
    deflate: createInflate,
    br: createBrotliDecompress,
  }[incoming.headers['content-encoding']?.toLowerCase() ?? '']
  if (decoder === undefined || incoming.statusCode === 204 || incoming.statusCode === 304) return incoming
  const stream = decoder()
  incoming.on('error', (error) => stream.destroy(error))
  return incoming.pipe(stream)
}

interface Resolvers<Value> {
  readonly promise: Promise<Value>
  readonly resolve: (value: Value) => void
  readonly reject: (error: unknown) => void
}

function withResolvers<Value>(): Resolvers<Value> {
  let resolve: (value: Value) => void = () => undefined
  let reject: (error: unknown) => void = () => undefined
  const promise = new Promise<Value>((settle, fail) => {
    resolve = settle
    reject = fail
  })
  return { promise, resolve, reject }
}

/** The JSON object of an answer; undefined for anything else. */
export function jsonOf({ body }: HttpAnswer): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(body)
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Readonly<Record<string, unknown>>) // an object, as was seen
      : undefined
  } catch {
    return undefined
  }
}

/** The system's code of an error, or its message. */
export function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const { code } = error as NodeJS.ErrnoException // may have one
  if (error.name === 'TimeoutError' || error.name === 'AbortError') return 'no answer in time'
  return code ?? error.message
}

const CODES: readonly (readonly [RegExp, string])[] = [
  [/^(?:ENOTFOUND|EAI_AGAIN)$/, 'the name is not known: mend its spelling, or the DNS of this machine'],
  [/^ECONNREFUSED$/, 'nothing listens there: mend host and port, or start it'],
  [/^(?:ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|no answer)/, 'let this machine reach it: firewall, proxy, network policy'],
  [/CERT_HAS_EXPIRED/, 'renew its certificate'],
  [/ALTNAME/, 'its certificate is for another name: address it by that one'],
  [
    /SELF_SIGNED|UNABLE_TO|DEPTH_ZERO/,
    'trust its certificate authority: NODE_EXTRA_CA_CERTS=ca.pem; never NODE_TLS_REJECT_UNAUTHORIZED=0',
  ],
  [/EPROTO|WRONG_VERSION|PACKET_LENGTH/, 'it speaks no TLS at this port: mend the scheme or the port'],
  [
    /^(?:ECONNRESET|socket hang up|the connection was closed|HPE_)/,
    'something else listens there, or wants TLS: mend the scheme or the port',
  ],
]

/** What mends that a server cannot be reached. */
export function reachFix(code: string): string {
  return CODES.find(([pattern]) => pattern.test(code))?.[1] ?? 'look at the network between here and there'
}

/** Whether a token may go there (RFC 6750 §5.3): https, or loopback. */
export function isSecure(url: string): boolean {
  const { protocol, hostname } = new URL(url)
  return protocol === 'https:' || /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/.test(hostname)
}
