import { on, once } from 'node:events'
import { request } from 'node:http'
import type { IncomingMessage } from 'node:http'
import { createInterface } from 'node:readline'

import { WebSocket } from 'ws'

import { answerTo } from './http.js'
import type { Answer } from './http.js'
import type { Opening } from './openings.js'

/** An event of a connection: `{ "event": …, "data": { … } }`. */
export interface Received {
  readonly event: string
  readonly data: Readonly<Record<string, unknown>>
}

/** A WebSocket that is open, or a stream of events. */
export interface Connection {
  /** Of its handshake. */
  readonly status: number
  /** The next event; rejects when there is none any more. */
  next(): Promise<Received>
  /** @throws {Error} for a stream, which goes one way */
  say(event: string, data: unknown): void
  /** How the server closes it. */
  readonly closed: Promise<{ readonly code?: number }>
  end(): void
}

const WITHIN = 60_000

/** @returns the answer of a server that refuses it */
export async function openWebSocket({ url, headers, protocols }: Opening): Promise<Connection | Answer> {
  const socket = new WebSocket(url.href.replace(/^http/, 'ws'), [...protocols], { headers })
  const signal = AbortSignal.timeout(WITHIN)
  // From now on: the first event may come together with the handshake.
  const messages = on(socket, 'message', { signal, close: ['close'] })
  const closed = new Promise<{ code: number }>((resolve) => socket.once('close', (code) => resolve({ code })))
  const refused = new Promise<IncomingMessage>((resolve) =>
    socket.once('unexpected-response', (_request, response) => resolve(response)),
  )
  const response = await Promise.race([refused, once(socket, 'open', { signal })])
  if ('statusCode' in response) return answerTo(response)
  return {
    status: 101,
    closed,
    next: async () => {
      const message = await messages.next()
      if (message.done === true) throw new Error('closed before the next event')
      const [text] = message.value as readonly unknown[] // as: the arguments of the event
      return readEvent(String(text))
    },
    say: (event, data) => socket.send(JSON.stringify({ event, data })),
    end: () => socket.terminate(),
  }
}

/** @returns the answer of a server that refuses it */
export async function openEventStream({ url, headers }: Opening): Promise<Connection | Answer> {
  const signal = AbortSignal.timeout(WITHIN)
  const outgoing = request(url, { agent: false, signal, headers: { accept: 'text/event-stream', ...headers } })
  outgoing.end()
  const [response] = (await once(outgoing, 'response', { signal })) as [IncomingMessage] // as: the argument of the event
  if (response.statusCode !== 200) return answerTo(response)
  outgoing.on('error', () => undefined)
  const lines = createInterface(response)[Symbol.asyncIterator]()
  return {
    status: 200,
    closed: new Promise((resolve) => response.once('close', () => resolve({}))),
    next: () => nextEvent(lines),
    say() {
      throw new Error('a stream of events has no way back')
    },
    end: () => void outgoing.destroy(),
  }
}

/** HTML §9.2.6, as these servers write it: one line of data, after the name. */
async function nextEvent(lines: AsyncIterator<string>): Promise<Received> {
  let event = ''
  for (;;) {
    const line = await lines.next()
    if (line.done === true) throw new Error('closed before the next event')
    const [, name, text = ''] = /^(event|data): (.*)$/.exec(line.value) ?? []
    if (name === 'event') event = text
    if (name === 'data') return { event, data: Object(JSON.parse(text)) as Received['data'] } // as: members of whatever it is
  }
}

function readEvent(text: string): Received {
  const { event, data } = Object(JSON.parse(text)) as { event?: unknown; data?: unknown } // as: whatever it is
  return { event: String(event), data: Object(data) as Received['data'] } // as: members of whatever it is
}
