import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

import { afterEach, describe, expect, it } from 'vitest'

import { eventually, findProgram, freePorts, startNginx, startProgram } from '../src/index.js'
import { startRedis, startRedisCluster, startRedisSentinel } from '../src/index.js'

const open: { close(): unknown }[] = []

afterEach(async () => {
  for (const server of open.splice(0).toReversed()) await server.close()
})

function kept<Server extends { close(): unknown }>(server: Server): Server {
  open.push(server)
  return server
}

describe('a program', () => {
  it.each([
    ['redis-server', 'apt-get install --no-install-recommends redis-server'],
    ['nginx', 'apt-get install --no-install-recommends nginx'],
  ])('that is missing is named, with its package: %s', (name, advice) => {
    expect(() => findProgram(name, ['/nonexistent', ''])).toThrow(
      `${name} is not installed, and the tests need it: ${advice}`,
    )
  })

  it('that is not there does not start', () => {
    expect(() => startProgram('no-such-program', [])).toThrow('no-such-program is not installed')
  })
})

it('no port is given twice, though nobody listens on it yet', async () => {
  // Of a thousand out of 11,000, some 45 pairs would else be the same.
  const lists = await Promise.all(Array.from({ length: 10 }, () => freePorts(100)))
  const ports = lists.flat()
  expect(new Set(ports).size).toBe(ports.length)
})

describe('startRedis', () => {
  it('forgets what it had when it is killed', async () => {
    const redis = kept(await startRedis())
    await redis.send('SET', 'a', '1')
    await redis.kill()
    await expect(redis.send('GET', 'a')).rejects.toThrow('ECONNREFUSED')
    await redis.start()
    expect(await redis.send('GET', 'a')).toBe('$-1')
  })

  it('keeps it with an append-only file', async () => {
    const redis = kept(await startRedis(['--appendonly', 'yes', '--appendfsync', 'always']))
    await redis.send('SET', 'a', '1')
    await redis.kill()
    await redis.start()
    expect(await redis.send('GET', 'a')).toBe('$1\r\n1')
  })

  it('does not answer while it is frozen', async () => {
    const redis = kept(await startRedis())
    redis.freeze()
    await expect(redis.send('PING')).rejects.toThrow('no reply to PING')
    redis.thaw()
    expect(await redis.send('PING')).toBe('+PONG')
  })

  it('says why it does not start', async () => {
    await expect(startRedis(['--maxmemory-policy', 'nonsense'])).rejects.toThrow(/it ended: .*nonsense/s)
  })
})

it('startRedisCluster gives each of three nodes a third of the slots', async () => {
  const { nodes } = kept(await startRedisCluster())
  const replies = await Promise.all(nodes.map((node) => node.send('SET', 'a', '1')))
  expect(replies.filter((reply) => reply === '+OK')).toHaveLength(1)
  expect(replies.filter((reply) => reply.startsWith('-MOVED'))).toHaveLength(2)
})

it('startRedisSentinel makes the replica the master when the master is gone', async () => {
  const sentinel = kept(await startRedisSentinel())
  await sentinel.master.send('SET', 'a', '1')
  // Replication is asynchronous.
  await eventually('the replica has it', async () => (await sentinel.replica.send('GET', 'a')) === '$1\r\n1')
  expect(await sentinel.replica.send('SET', 'a', '2')).toMatch(/^-READONLY/)
  await sentinel.master.kill()
  await sentinel.failover()
  expect(await sentinel.replica.send('SET', 'b', '1')).toBe('+OK')
  expect(await sentinel.replica.send('GET', 'a')).toBe('$1\r\n1')
})

it('startNginx takes turns', async () => {
  const ports: number[] = []
  for (const name of ['a', 'b']) {
    const server = kept(createServer((_request, response) => response.end(name)).listen(0, '127.0.0.1'))
    await new Promise((resolve) => server.once('listening', resolve))
    ports.push((server.address() as AddressInfo).port) // as: it listens on a TCP port
  }
  const nginx = kept(await startNginx(ports))
  const bodies = []
  for (let i = 0; i < 4; i++) bodies.push(await (await fetch(nginx.origin)).text())
  expect(bodies.filter((body) => body === 'a')).toHaveLength(2)
})
