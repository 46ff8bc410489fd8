import { createServer } from 'node:net'
import type { AddressInfo, Server } from 'node:net'
import { once } from 'node:events'

import { afterEach, describe, expect, it } from 'vitest'

import { attackApi, sendRaw } from '../../src/index.js'
import { attackedApis } from './api.js'

const apis = attackedApis()
const servers: Server[] = []

afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => new Promise((resolve) => server.close(resolve))))
})

/** Answers each request with this, and keeps the connection. */
async function answering(text: string): Promise<number> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined)
    socket.once('data', () => socket.write(text))
  })
  servers.push(server.listen(0, '127.0.0.1'))
  await once(server, 'listening')
  return (server.address() as AddressInfo).port // listens on TCP
}

describe('an answer with', () => {
  it.each([
    ['a space behind Content-Length', 'HTTP/1.1 401 X\r\nContent-Length: 2 \r\n\r\n{}', 401],
    ['a tab before it', 'HTTP/1.1 401 X\r\nContent-Length:\t2\r\n\r\n{}', 401],
    ['chunks, and a tab', 'HTTP/1.1 401 X\r\nTransfer-Encoding:\tchunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n', 401],
  ])('%s is read', async (_, text, status) => {
    const response = await sendRaw({ port: await answering(text), timeout: 2000 }, REQUEST)
    expect([response.status, response.body]).toEqual([status, '{}'])
  })

  it.each([
    ['no length', 'HTTP/1.1 401 X\r\nContent-Length: two\r\n\r\n{}'],
    ['two lengths', 'HTTP/1.1 401 X\r\nContent-Length: 2, 2\r\n\r\n{}'],
  ])('%s ends the attack, and not the process', async (_, text) => {
    const url = `http://127.0.0.1:${await answering(text)}/me`
    const report = await attackApi(url, { fixture: apis.fixture, timeout: 0.5, rate: 1000 })
    expect([report.ok, report.stopped?.says]).toEqual([false, 'no answer: no response within 500 ms'])
  })
})

const REQUEST = { method: 'GET', target: '/', headers: [['Host', 'api.test']] } as const
