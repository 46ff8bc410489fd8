import { once } from 'node:events'
import { createServer } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'

import { seenAnswer } from '../src/contract/expectations.js'
import { openRaw, sendRaw } from '../src/contract/raw-http.js'

const OK = 'HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n'
const request = { method: 'GET', target: '/', headers: [] } as const

/** A server that does as it is told with the nth request that comes, of whatever connection. */
async function serve(answer: (socket: Socket, request: number) => void): Promise<{ port: number; seen: () => number }> {
  let seen = 0
  const server = createServer((socket) => {
    socket.on('error', () => undefined)
    socket.on('data', () => {
      seen += 1
      answer(socket, seen)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  return { port: (server.address() as AddressInfo).port, seen: () => seen } // listens on TCP
}

describe('a connection that is kept alive', () => {
  it.each<readonly [string, (socket: Socket) => void]>([
    ['ended', (socket) => void socket.end()],
    ['reset', (socket) => void socket.resetAndDestroy()],
  ])('is opened again where it was %s between requests', async (_, close) => {
    const { port, seen } = await serve((socket, count) => (count === 2 ? close(socket) : void socket.write(OK)))
    const connection = openRaw(port)
    onTestFinished(() => connection.close())
    expect((await connection.send(request)).status).toBe(204)
    expect((await connection.send(request)).status).toBe(204)
    expect(seen()).toBe(3)
  })

  it.each<readonly [string, (socket: Socket, count: number) => void, number]>([
    ['its first request', (socket) => void socket.end(), 1],
    ['a request, again and again', (socket, count) => void (count === 1 ? socket.write(OK) : socket.end()), 3],
    ['an answer that has begun', (socket, count) => void (count === 1 ? socket.write(OK) : socket.end('HTTP')), 2],
  ])('fails where it is closed on %s', async (_, answer, requests) => {
    const { port, seen } = await serve(answer)
    const connection = openRaw(port)
    onTestFinished(() => connection.close())
    if (requests > 1) await connection.send(request)
    await expect(connection.send(request)).rejects.toThrow('closed before the response was complete')
    expect(seen()).toBe(requests)
  })
})

describe('one request', () => {
  it('is answered by what comes after interim answers', async () => {
    const hints = 'HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n'
    const { port } = await serve((socket) => void socket.write(`HTTP/1.1 100 Continue\r\n\r\n${hints}${OK}`))
    expect(await sendRaw(port, request)).toEqual({ status: 204, headers: [['Content-Length', '0']], body: '' })
  })

  it('is answered by 101 where the protocol is switched', async () => {
    const switched = 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n'
    const { port } = await serve((socket) => void socket.end(switched))
    expect((await sendRaw(port, request)).status).toBe(101)
  })
})

describe('an answer with an identifier', () => {
  const [one, other] = [crypto.randomUUID(), crypto.randomUUID()]
  const ids = (header: string, body: string): readonly string[] => {
    const seen = seenAnswer({ status: 401, headers: [['X-Request-Id', header]], body })
    return [...seen.headers, seen.body]
  }

  it('has the same in its header and its body, whichever', () => {
    const same = ['x-request-id: <correlation id>', '{"correlation_id":"<correlation id>"}']
    expect(ids(one, `{"correlation_id":"${one}"}`)).toEqual(same)
    expect(ids(other, `{"correlation_id":"${one}"}`)).toEqual([`x-request-id: ${other}`, same[1]])
    expect(ids(one, '')).toEqual([same[0], ''])
  })
})
