import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'

import { Redis } from 'ioredis'
import { createClient } from 'redis'
import { afterEach, describe, expect, it } from 'vitest'

import { redisReplayStore } from '../src/index.js'
import { redisTicketStore } from '../src/tickets.js'
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
  /** Lets the next command for a key with this prefix reach Redis, and cuts the connection in place of its reply. */
  cutNextReply(prefix?: string): void
}

async function startLine(target: number): Promise<Line> {
  let armed: string | undefined
  const sockets = new Set<Socket>()
  const server = createServer((client) => {
    const redis = connect(target, '127.0.0.1')
    let cut = false
    for (const socket of [client, redis]) {
      sockets.add(socket)
      socket.on('error', () => undefined).on('close', () => sockets.delete(socket))
    }
    client.on('data', (data) => {
      if (armed !== undefined && data.includes(armed)) [armed, cut] = [undefined, true]
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
  return { port, cutNextReply: (prefix = 'dpop:') => void (armed = prefix) }
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

describe('a ticket whose taking was lost on the way', () => {
  const clients = {
    async ioredis(port: number) {
      const client = new Redis({ port, host: '127.0.0.1', retryStrategy: () => 20 })
      client.on('error', () => undefined)
      open.push({ close: () => client.disconnect() })
      return client
    },
    async redis(port: number) {
      const client = createClient({ url: `redis://127.0.0.1:${port}`, socket: { reconnectStrategy: 20 } })
      await client.on('error', () => undefined).connect()
      open.push({ close: () => client.destroy() })
      return client
    },
  }

  it.each(['ioredis', 'redis'] as const)('is used up, and that is no fault of whoever has it: %s', async (kind) => {
    const { backend, line } = await startServer()
    const store = redisTicketStore(await clients[kind](line.port), { timeout: 10 })
    const id = newKey()
    await store.put(id, 'sealed', 30)
    line.cutNextReply('tickets:')
    // A 503, and not the 401 of a ticket that was never sold.
    await expect(store.take(id)).rejects.toThrow()
    expect(await store.take(id)).toBeUndefined()
    expect(await redisTicketStore(await clients.redis(line.port)).take(id)).toBeUndefined()
    expect(await redisTicketStore(await clients.ioredis(line.port)).take(id)).toBeUndefined()
    expect(await backend.servers[0]?.send('GET', `tickets:${id}`)).not.toContain('sealed')
  })

  it('leaves nothing of it but a mark, which ends when the ticket would have', async () => {
    const { backend, line } = await startServer()
    const store = redisTicketStore(await clients.ioredis(line.port))
    const id = newKey()
    await store.put(id, 'sealed', 30)
    expect(await store.take(id)).toBe('sealed')
    expect((await backend.servers[0]?.send('GET', `tickets:${id}`))?.length).toBeLessThan(60)
    const left = Number((await backend.servers[0]?.send('PTTL', `tickets:${id}`))?.slice(1))
    expect(left).toBeGreaterThan(25_000)
    expect(left).toBeLessThanOrEqual(30_000)
    // What was never there leaves none.
    expect(await store.take(newKey())).toBeUndefined()
    expect(await backend.servers[0]?.send('DBSIZE')).toBe(':1')
  })
})
