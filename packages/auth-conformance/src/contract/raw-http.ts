import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'

/** A request as it goes over the wire: nothing is added, joined or mended, so that wrong ones can be sent. */
export interface RawRequest {
  readonly method: string
  /** The request target (RFC 9112 §3.2). */
  readonly target: string
  /** Header lines in order, repeated ones included. Values are sent as Latin-1. */
  readonly headers: readonly (readonly [name: string, value: string])[]
  /** What comes behind the header section, as it is. @defaultValue none */
  readonly body?: string
}

/** Where a request goes. */
export interface RawAddress {
  /** A name or an IP address. @defaultValue '127.0.0.1' */
  readonly host?: string
  readonly port: number
  /** With TLS: the name that the certificate must have, and who issued it, as PEM, if not one that Node trusts. */
  readonly tls?: { readonly servername: string; readonly ca?: string }
  /** For all of the response, in milliseconds. @defaultValue 60000 */
  readonly timeout?: number
}

/** A response as it came. */
export interface RawResponse {
  readonly status: number
  /** Header lines in order, names in the case they had. */
  readonly headers: readonly (readonly [name: string, value: string])[]
  readonly body: string
}

const TIMEOUT = 60_000 // milliseconds
// Bytes: more is not read of a response.
const MOST_RESPONSE = 4_000_000

/**
 * Sends a request over a socket of its own and reads the response until it is complete or the server closes.
 *
 * @throws when the connection breaks, or there is no whole response within a minute, or the time that the address says
 *
 * @example
 * ```ts
 * import { sendRaw } from '@acme/auth-conformance'
 *
 * export async function isUp(port: number): Promise<boolean> {
 *   const { status } = await sendRaw(port, { method: 'GET', target: '/', headers: [['Host', 'api.test']] })
 *   return status === 200
 * }
 * ```
 */
export async function sendRaw(to: number | RawAddress, request: RawRequest): Promise<RawResponse> {
  const address = typeof to === 'number' ? { port: to } : to
  return parseResponse(await exchange(address, bytesOf(request, ['Connection: close'])))
}

function bytesOf({ method, target, headers, body = '' }: RawRequest, further: readonly string[] = []): Buffer {
  const lines = headers.map(([name, value]) => `${name}: ${value}`)
  return Buffer.from([`${method} ${target} HTTP/1.1`, ...lines, ...further, '', body].join('\r\n'), 'latin1')
}

/** A connection that is kept alive (RFC 9112 §9.3), for many requests, one after the other. */
export interface RawConnection {
  /** @throws when the connection breaks, or the response has no Content-Length */
  send(request: RawRequest): Promise<RawResponse>
  close(): void
}

/**
 * Opens a connection. A server may close it between two requests: one that meets that is sent once more, on a new one
 * (RFC 9112 §9.3.1). The first request of a connection must be answered.
 */
export function openRaw(port: number): RawConnection {
  let stream = openStream(port)
  let isFirst = true
  return {
    async send(request) {
      try {
        return await stream.send(request)
      } catch (error) {
        if (isFirst || !stream.isClosedByPeer()) throw error
        stream.close()
        stream = openStream(port)
        return stream.send(request)
      } finally {
        isFirst = false
      }
    },
    close: () => stream.close(),
  }
}

interface RawStream extends RawConnection {
  /** Whether the other side has closed it before any of the last answer. */
  isClosedByPeer(): boolean
}

const CLOSED = new Set(['ECONNRESET', 'EPIPE'])

function openStream(port: number): RawStream {
  const socket = connect(port, '127.0.0.1').setEncoding('latin1').setTimeout(TIMEOUT)
  socket.on('timeout', () => socket.destroy(new Error(`no response within ${TIMEOUT} ms`)))
  // As it must stay open between responses, no `for await`, which would destroy it.
  const chunks: AsyncIterator<string> = socket[Symbol.asyncIterator]()
  let text = ''
  return {
    isClosedByPeer() {
      const { code } = (socket.errored ?? {}) as NodeJS.ErrnoException // of Node's
      return text === '' && (socket.errored === null ? socket.readableEnded : CLOSED.has(code ?? ''))
    },
    async send(request) {
      text = ''
      socket.write(bytesOf(request))
      while (text.length < responseLength(text)) {
        const chunk = await chunks.next()
        if (chunk.done === true) throw new Error('closed before the response was complete')
        text += chunk.value
      }
      return parseResponse(text)
    },
    close: () => socket.destroy(),
  }
}

/** How long the response will be whose beginning this is; endless until its header section is complete. */
function responseLength(text: string): number {
  const end = text.indexOf('\r\n\r\n')
  if (end === -1) return Infinity
  const body = contentLength(text.slice(0, end + 2))
  if (body === undefined) throw new Error('the response has no Content-Length')
  return end + 4 + body
}

/** Of a header section; undefined for none, and for what is no number. RFC 9110 §5.5: blanks around a value are none of it. */
function contentLength(head: string): number | undefined {
  const value = /\r\ncontent-length:[ \t]*(\d+)[ \t]*\r\n/i.exec(head)?.[1]
  return value === undefined ? undefined : Number(value)
}

function exchange(address: RawAddress, bytes: Buffer): Promise<string> {
  const { timeout = TIMEOUT } = address
  return new Promise((resolve, reject) => {
    let text = ''
    const socket = open(address, () => socket.write(bytes)).setEncoding('latin1')
    // Of the whole: a server that trickles would never be idle.
    const timer = setTimeout(() => socket.destroy(new Error(`no response within ${timeout} ms`)), timeout)
    socket.on('data', (chunk) => {
      text = withoutInterim(text + String(chunk))
      // Not every server closes at once when asked to.
      if (isComplete(text) || text.length > MOST_RESPONSE) socket.destroy()
    })
    socket.on('error', reject)
    socket.on('close', () => {
      clearTimeout(timer)
      resolve(text)
    })
  })
}

function open({ host = '127.0.0.1', port, tls }: RawAddress, connected: () => void): Socket {
  if (tls === undefined) return connect({ port, host }, connected)
  return connectTls({ port, host, ...tls, ALPNProtocols: ['http/1.1'] }, connected)
}

/** RFC 9110 §15.2: answers of 1xx, such as 103, come before the one that counts. 101 is that one. */
function withoutInterim(text: string): string {
  const end = text.indexOf('\r\n\r\n')
  return end !== -1 && /^HTTP\/1\.1 1(?!01)\d\d /.test(text) ? withoutInterim(text.slice(end + 4)) : text
}

/** Whether a response is all there, by its own framing (RFC 9112 §6.3). */
function isComplete(text: string): boolean {
  const end = text.indexOf('\r\n\r\n')
  const head = text.slice(0, end + 2)
  if (end === -1) return false
  if (/\r\ntransfer-encoding:[ \t]*chunked[ \t]*\r\n/i.test(head)) return text.endsWith('\r\n0\r\n\r\n')
  const length = contentLength(head)
  return length !== undefined && text.length >= end + 4 + length
}

function parseResponse(text: string): RawResponse {
  const end = text.indexOf('\r\n\r\n')
  const [statusLine = '', ...lines] = text.slice(0, end).split('\r\n')
  const status = Number(/^HTTP\/1\.[01] (\d{3})/.exec(statusLine)?.[1])
  if (end === -1 || Number.isNaN(status)) throw new Error(`not an HTTP response: ${JSON.stringify(text.slice(0, 200))}`)
  const headers = lines.map((line) => {
    const colon = line.indexOf(':')
    return [line.slice(0, colon), line.slice(colon + 1).trim()] as const
  })
  const chunked = headers.some(([name, value]) => /^transfer-encoding: chunked$/i.test(`${name}: ${value}`))
  const body = text.slice(end + 4)
  return { status, headers, body: chunked ? dechunk(body) : body }
}

/** RFC 9112 §7.1, without extensions and trailers. */
function dechunk(text: string): string {
  let body = ''
  for (let rest = text; rest !== '';) {
    const line = rest.indexOf('\r\n')
    const size = Number.parseInt(rest.slice(0, line), 16)
    if (!(size > 0)) break
    body += rest.slice(line + 2, line + 2 + size)
    rest = rest.slice(line + 2 + size + 2)
  }
  return body
}
