import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'

import { Redis } from 'ioredis'
import { createClient } from 'redis'
import { afterEach, expect, it } from 'vitest'

import { redisReplayStore } from '../src/index.js'
import { newKey, newSender } from './fake-client.js'
import { startBackend } from './subject.js'
import type { Backend } from './subject.js'

const open: { close(): unknown }[] = []

afterEach(async () => {
  for (const one of open.splice(0).toReversed()) await one.close()
})

/** A line to Redis that can be cut between a command and its reply. */
interface Line {
  readonly port: number
  /** Lets the next SET reach Redis, and cuts the connection in place of its reply. */
  cutNextReply(): void
}

async function startLine(target: number): Promise<Line> {
  let armed = false
  const sockets = new Set<Socket>()
  const server = createServer((client) => {
    const redis = connect(target, '127.0.0.1')
    let cut = false
    for (const socket of [client, redis]) {
      sockets.add(socket)
      socket.on('error', () => undefined).on('close', () => sockets.delete(socket))
    }
    client.on('data', (data) => {
      if (armed && /set/i.test(data.toString('latin1')) && data.includes('dpop:')) [armed, cut] = [false, true]
      redis.write(data)
    })
    redis.on('data', (data) => {
      if (cut) client.destroy()
      else client.write(data)
    })
    client.on('close', () => redis.destroy())
    redis.on('close', () => client.destroy())
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  open.push({
    async close() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  })
  const { port } = server.address() as AddressInfo // it listens on a port
  return { port, cutNextReply: () => void (armed = true) }
}

async function startServer(): Promise<{ backend: Backend; line: Line }> {
  const backend = await startBackend('redis, single', [])
  open.push(backend)
  return { backend, line: await startLine(backend.servers[0]?.port ?? 0) }
}

const soon = (): number => Date.now() / 1000 + 60

it('ioredis sends a reservation again after a cut, and finds its own: the proof is new, once', async () => {
  const { backend, line } = await startServer()
  const client = new Redis({ port: line.port, host: '127.0.0.1', retryStrategy: () => 20 })
  client.on('error', () => undefined)
  open.push({ close: () => client.disconnect() })
  const store = redisReplayStore(client, { timeout: 10 })
  expect(await store.reserve(newKey(), soon(), newSender())).toBe('reserved')
  const key = newKey()
  line.cutNextReply()
  expect(await store.reserve(key, soon(), newSender())).toBe('reserved')
  expect(await backend.servers[0]?.send('EXISTS', `dpop:${key}`)).toBe(':1')
  expect(await store.reserve(key, soon(), newSender())).toBe('seen')
})

it("ioredis takes somebody else's reservation for what it is, when it sends its own again", async () => {
  const { backend, line } = await startServer()
  const client = new Redis({ port: line.port, host: '127.0.0.1', retryStrategy: () => 20 })
  client.on('error', () => undefined)
  open.push({ close: () => client.disconnect() })
  const key = newKey()
  await backend.servers[0]?.send('SET', `dpop:${key}`, '4503599627370497', 'PX', '60000')
  line.cutNextReply()
  expect(await redisReplayStore(client, { timeout: 10 }).reserve(key, soon(), newSender())).toBe('seen')
})

it('redis rejects, and the proof stays reserved', async () => {
  const { line } = await startServer()
  const client = createClient({ url: `redis://127.0.0.1:${line.port}`, socket: { reconnectStrategy: 20 } })
  await client.on('error', () => undefined).connect()
  open.push({ close: () => client.destroy() })
  const store = redisReplayStore(client, { timeout: 10 })
  const key = newKey()
  line.cutNextReply()
  await expect(store.reserve(key, soon(), newSender())).rejects.toThrow()
  expect(await store.reserve(key, soon(), newSender())).toBe('seen')
})
