import { connect } from 'node:net'
import type { Socket } from 'node:net'

import { sendRaw } from '@acme/auth-conformance'
import type { RawResponse } from '@acme/auth-conformance'

export type Header = readonly [name: string, value: string]

const TIMEOUT = 20_000 // milliseconds

/** The whole head of an answer that opens a connection. */
const OPENED = /^HTTP\/1\.1 (?:101|200) [^]*\r\n\r\n/

/** The lines of a handshake of RFC 6455 §4.1, with the given ones beside or in place of its own. */
export function handshakeHeaders(port: number, headers: readonly Header[]): readonly Header[] {
  return [
    ['Host', `127.0.0.1:${port}`],
    ['Connection', 'Upgrade'],
    ['Upgrade', 'websocket'],
    ['Sec-WebSocket-Version', '13'],
    ['Sec-WebSocket-Key', 'dGhlIHNhbXBsZSBub25jZQ=='],
    ...headers,
  ]
}

export function handshakeText(port: number, target: string, headers: readonly Header[]): string {
  const lines = handshakeHeaders(port, headers).map(([name, value]) => `${name}: ${value}`)
  return [`GET ${target} HTTP/1.1`, ...lines, '', ''].join('\r\n')
}

/** Sends a handshake of a WebSocket. @returns the answer; of one that is accepted its head */
export function rawHandshake(port: number, target: string, headers: readonly Header[] = []): Promise<RawResponse> {
  return rawAnswer(port, handshakeText(port, target, headers))
}

/** A plain request that asks for events. */
export function streamText(port: number, target: string, headers: readonly Header[]): string {
  const own = [
    ['Host', `127.0.0.1:${port}`],
    ['Accept', 'text/event-stream'],
    ['Connection', 'close'],
  ] as const
  return [`GET ${target} HTTP/1.1`, ...[...own, ...headers].map(([name, value]) => `${name}: ${value}`), '', ''].join(
    '\r\n',
  )
}

/** Sends a request as it is. @returns the answer; of one that opens a connection its head */
export async function rawAnswer(port: number, request: string): Promise<RawResponse> {
  const text = await exchange(port, request)
  const end = text.indexOf('\r\n\r\n')
  const [line = '', ...lines] = text.slice(0, end).split('\r\n')
  const answered = lines.map((one): Header => {
    const colon = one.indexOf(':')
    return [one.slice(0, colon), one.slice(colon + 1).trim()]
  })
  return { status: Number(line.split(' ')[1]), headers: answered, body: bodyOf(text.slice(end + 4), answered) }
}

/** Sends a plain request. */
export function rawGet(port: number, target: string, headers: readonly Header[]): Promise<RawResponse> {
  return sendRaw(port, { method: 'GET', target, headers: [['Host', `127.0.0.1:${port}`], ...headers] })
}

/** The value of a header of an answer; several lines joined. */
export function headerOf({ headers }: Pick<RawResponse, 'headers'>, wanted: string): string | undefined {
  const values = headers.filter(([name]) => name.toLowerCase() === wanted).map(([, value]) => value)
  return values.length === 0 ? undefined : values.join(', ')
}

/** A socket of one's own, for what no client would do. */
export function rawSocket(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => resolve(socket))
    // What a server does to a client that misbehaves is its affair.
    socket.on('error', reject)
  })
}

/** Whether an answer has come to its end: not every server closes after a refusal. */
function isWhole(text: string): boolean {
  const end = text.indexOf('\r\n\r\n') + 4
  const length = /\r\ncontent-length: *(\d+)\r\n/i.exec(text.slice(0, end))?.[1]
  return end > 3 && length !== undefined && text.length - end >= Number(length)
}

/** Until the server closes, or the answer has come to its end; of what is accepted until the end of the head. */
function exchange(port: number, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let received = ''
    const socket = connect(port, '127.0.0.1', () => socket.write(text, 'latin1'))
    socket.setEncoding('latin1').setTimeout(TIMEOUT, () => socket.destroy(new Error('no answer to the handshake')))
    socket.on('data', (chunk) => {
      received += String(chunk)
      if (OPENED.test(received) || isWhole(received)) socket.destroy()
    })
    socket.on('error', reject)
    socket.on('close', () => {
      if (received.includes('\r\n\r\n')) resolve(received)
      else reject(new Error(`closed without an answer: ${JSON.stringify(received)}`))
    })
  })
}

function bodyOf(text: string, headers: readonly Header[]): string {
  if (headerOf({ headers }, 'transfer-encoding') !== 'chunked') return text
  return text.replaceAll(/[0-9a-f]+\r\n([\s\S]*?)\r\n/gi, '$1')
}
