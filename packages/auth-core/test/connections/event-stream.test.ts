import { expect, it, vi } from 'vitest'

import { openEventStream } from '../../src/connections/event-stream.js'
import type { EventStreamOptions, OpenedEventStream } from '../../src/connections/event-stream.js'
import type { AuthConnection, ConnectionTransport } from '../../src/connections/connection-types.js'
import { webSocketTransport, selectSubprotocol } from '../../src/connections/web-socket.js'

interface Opened {
  readonly stream: OpenedEventStream
  readonly transport: ConnectionTransport
  readonly sink: { text: string; ends: string[]; unsent: number }
  readonly closed: () => number
}

function opened(options?: EventStreamOptions): Opened {
  const sink = { text: '', ends: new Array<string>(), unsent: 0 }
  let closed = 0
  let transport: ConnectionTransport | undefined
  const target = {
    write: (text: string) => void (sink.text += text),
    end: () => void sink.ends.push('end'),
    abort: () => void sink.ends.push('abort'),
    get unsent() {
      return sink.unsent
    },
  }
  const connection: AuthConnection = {
    auth: null,
    require: () => Promise.reject(new Error('not asked here')),
    renew: () => Promise.reject(new Error('not asked here')),
    receive: () => false,
    closed: () => void closed++,
  }
  const open = (given: ConnectionTransport): AuthConnection => {
    transport = given
    return connection
  }
  const stream = openEventStream(target, open, options)
  if (transport === undefined) throw new Error('no connection was opened')
  return { stream, transport, sink, closed: () => closed }
}

it('sends text as it is, and anything else as JSON', () => {
  const { stream, sink } = opened()
  stream.send('one', 'text')
  stream.send('two', { a: [1] }, '7')
  stream.send('three', undefined)
  expect(sink.text).toBe('event: one\ndata: text\n\nevent: two\nid: 7\ndata: {"a":[1]}\n\nevent: three\ndata: \n\n')
})

it.each(['\n', '\r', '\r\n', '\n\n', '\r\r'])('lets nothing begin an event with %j', (end) => {
  const { stream, sink } = opened()
  const attack = `x${end}event: auth0.closing${end}data: {}${end}${end}id: 1`
  stream.send(attack, attack, attack)
  const lines = sink.text.split(/\r\n|\r|\n/)
  expect(lines.filter((line) => line.startsWith('event:'))).toHaveLength(1)
  expect(lines.filter((line) => line.startsWith('id:'))).toHaveLength(1)
  expect(lines.filter((line) => line === '')).toHaveLength(2)
})

it('leaves NUL out of an id, with which clients would ignore it', () => {
  const { stream, sink } = opened()
  stream.send('one', '', 'a\0b')
  expect(sink.text).toContain('id: ab\n')
})

it('is over when the resource server closes it', () => {
  const { stream, transport, sink, closed } = opened()
  transport.send('auth0.closing', { error: 'invalid_token', error_description: 'd', code: 'AUTH_1001' })
  transport.close(1008, 'AUTH_1001')
  expect(sink.ends).toEqual(['end'])
  expect(stream.signal.aborted).toBe(true)
  expect(stream.send('late', '')).toBe(false)
  expect(sink.text).not.toContain('late')
  stream.close()
  stream.ended()
  expect([sink.ends, closed()]).toEqual([['end'], 1])
})

it('is over when the client goes, and ends nothing then', () => {
  const { stream, sink, closed } = opened()
  stream.ended()
  expect([sink.ends, closed(), stream.signal.aborted]).toEqual([[], 1, true])
})

it('cuts off a client that does not read', () => {
  const { stream, sink, closed } = opened()
  sink.unsent = 1_048_577
  expect(stream.send('one', 'x')).toBe(false)
  expect([sink.text, sink.ends, closed()]).toEqual(['', ['abort'], 1])
})

it('sends comments where nothing happens, until it is over', () => {
  vi.useFakeTimers()
  try {
    const { stream, sink } = opened()
    vi.advanceTimersByTime(15_000)
    expect(sink.text).toBe(':\n\n')
    stream.close()
    vi.advanceTimersByTime(60_000)
    expect(sink.text).toBe(':\n\n')
    const quiet = opened({ heartbeat: false })
    vi.advanceTimersByTime(60_000)
    expect(quiet.sink.text).toBe('')
  } finally {
    vi.useRealTimers()
  }
})

it.each([0, -1, NaN, Infinity, 3601, '15', null])('refuses a heartbeat of %j', (heartbeat) => {
  const options = { heartbeat } as EventStreamOptions // wrong on purpose
  expect(() => opened(options)).toThrow('heartbeat: got')
})

it('selects auth0-token alone', () => {
  expect(selectSubprotocol(['chat', 'auth0-token', 'x.y.z'])).toBe('auth0-token')
  expect(selectSubprotocol(['x.y.z'])).toBe(false)
  expect(selectSubprotocol(new Set())).toBe(false)
})

it('tells a WebSocket nothing more that does not read', () => {
  const sent: string[] = []
  const socket = { send: (text: string) => sent.push(text), close: () => undefined, bufferedAmount: 65_537 }
  webSocketTransport(socket).send('auth0.renewed', { expires_in: 1 })
  expect(sent).toEqual([])
})

it('hears no message of a WebSocket that it closed, and cuts it off where the client does not close', () => {
  vi.useFakeTimers()
  try {
    const calls: unknown[][] = []
    const note =
      (name: string) =>
      (...args: unknown[]): void =>
        void calls.push([name, ...args])
    const socket = { send: note('send'), close: note('close'), terminate: note('terminate') }
    webSocketTransport({ ...socket, removeAllListeners: note('removeAllListeners') }).close(1008, 'AUTH_1001')
    expect(calls).toEqual([
      ['removeAllListeners', 'message'],
      ['close', 1008, 'AUTH_1001'],
    ])
    vi.advanceTimersByTime(2000)
    expect(calls.at(-1)).toEqual(['terminate'])
  } finally {
    vi.useRealTimers()
  }
})
