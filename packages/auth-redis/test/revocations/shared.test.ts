import { readFileSync } from 'node:fs'

import type { RevokedTokens } from '@acme/auth-core'
import { eventually } from '@acme/tests-servers'
import { createClient } from 'redis'
import { describe, expect, it, onTestFinished } from 'vitest'

import { redisRevocations } from '../../src/revocations.js'
import { kindsOf } from '../clients.js'
import {
  ISSUER,
  isRevoked,
  refusedByAll,
  revoke,
  startReplica,
  startReplicas,
  startServer,
  tokenOf,
} from './replicas.js'

describe.each(kindsOf('single'))('%s', (kind) => {
  it('what one revokes all of three refuse within a second, by pub/sub', async () => {
    const single = await startServer()
    // Without news they would look in a minute.
    const replicas = await startReplicas(3, kind, { single }, { interval: 60, maxStaleness: 120 })
    await eventually('subscriptions', async () => (await subscribers(single)) === 3)
    for (const [index, one] of replicas.entries()) {
      expect(await Promise.all(replicas.map((other) => isRevoked(other, `user-${index}`)))).toEqual([
        false,
        false,
        false,
      ])
      await revoke(one, `user-${index}`)
      expect(await refusedByAll(replicas, `user-${index}`)).toBeLessThan(1)
    }
    for (const { told } of replicas) {
      expect(told).toEqual(['user-0', 'user-1', 'user-2'].map((subject) => ({ issuer: ISSUER, subject })))
    }
    expect(await isRevoked(replicas[0] ?? never(), 'user-3')).toBe(false)
  })

  it('finds without news what was revoked, at the interval', async () => {
    const single = await startServer()
    const replicas = await startReplicas(2, kind, { single }, { interval: 0.2 })
    await single.send('ACL', 'SETUSER', 'default', 'resetchannels')
    const [first, second] = [replicas[0] ?? never(), replicas[1] ?? never()]
    await revoke(first, 'user')
    expect(await isRevoked(first, 'user')).toBe(true)
    expect(await refusedByAll([second], 'user')).toBeLessThan(10)
  })

  it('a new replica knows what was revoked before, by preload and by the first check', async () => {
    const single = await startServer()
    const [first] = await startReplicas(1, kind, { single })
    await revoke(first ?? never(), 'user')
    const [second] = await startReplicas(1, kind, { single })
    expect(await isRevoked(second ?? never(), 'user')).toBe(true)
    expect(second?.source.state?.()).toBe('up')
    const third = await startReplica(kind, { single })
    expect(await isRevoked(third, 'user')).toBe(true)
    expect(await isRevoked(third, 'another')).toBe(false)
  })

  it('is monotone: an older time changes nothing, whoever sends it', async () => {
    const single = await startServer()
    const [first, second] = await startReplicas(2, kind, { single }, { interval: 0.1 })
    const now = Math.floor(Date.now() / 1000)
    const tokens = { issuer: ISSUER, subject: 'user' }
    await first?.source.revoke(tokens, now - 10)
    await eventually('the other', async () => (await isRevoked(second ?? never(), 'user', now - 11)) === true)
    await second?.source.revoke(tokens, now - 1000)
    const [third] = await startReplicas(1, kind, { single })
    for (const one of [first, second, third]) {
      expect(await isRevoked(one ?? never(), 'user', now - 11)).toBe(true)
      expect(await isRevoked(one ?? never(), 'user', now - 10)).toBe(false)
    }
    await second?.source.revoke(tokens, now - 9.5)
    await eventually('the first', async () => (await isRevoked(first ?? never(), 'user', now - 10)) === true)
    expect(await single.send('ZCARD', '{revocations:}epochs')).toBe(':1')
  })

  it('takes 10,000 revocations, and a new replica reads them', { timeout: 120_000 }, async () => {
    const single = await startServer()
    const [first, second] = await startReplicas(2, kind, { single }, { timeout: 20, maxStaleness: 60 })
    for (let start = 0; start < 10_000; start += 500) {
      await Promise.all(Array.from({ length: 500 }, (_, index) => revoke(first ?? never(), `user-${start + index}`)))
    }
    expect(await refusedByAll([second ?? never()], 'user-9999')).toBeLessThan(10)
    const [third] = await startReplicas(1, kind, { single }, { timeout: 20, maxStaleness: 60 })
    for (const subject of ['user-0', 'user-4999', 'user-9999'])
      expect(await isRevoked(third ?? never(), subject)).toBe(true)
    expect(await isRevoked(third ?? never(), 'user-10000')).toBe(false)
    // Not one by one: each would be held against every open connection.
    expect(third?.told.length).toBeLessThan(100)
    expect(third?.told).toContainEqual({})
  })
})

it('both libraries see each other', async () => {
  const single = await startServer()
  const [one] = await startReplicas(1, 'redis, single', { single })
  const [other] = await startReplicas(1, 'ioredis, single', { single })
  await revoke(one ?? never(), 'a')
  await revoke(other ?? never(), 'b')
  await refusedByAll([one ?? never(), other ?? never()], 'a')
  await refusedByAll([one ?? never(), other ?? never()], 'b')
})

it('forgets in Redis what is older than the retention, and keeps the rest', async () => {
  const single = await startServer()
  const [one] = await startReplicas(1, 'redis, single', { single }, { retention: 100, interval: 0.1 })
  await one?.source.revoke({ subject: 'old' }, Date.now() / 1000 - 99.5)
  await one?.source.revoke({ subject: 'new' })
  await eventually('one is left', async () => (await single.send('ZCARD', '{revocations:}epochs')) === ':1')
  expect(await single.send('ZRANGE', '{revocations:}log', '0', '-1')).toContain('"new"')
})

it('rejects when there are as many as there may be, and holds it here all the same', async () => {
  const single = await startServer()
  const small = { maxEntries: 3 }
  const [one] = await startReplicas(1, 'redis, single', { single }, small)
  for (const subject of ['a', 'b', 'c']) await revoke(one ?? never(), subject)
  await expect(revoke(one ?? never(), 'd')).rejects.toThrow('no more fit in')
  // A known one has its room.
  await revoke(one ?? never(), 'a')
  const [large] = await startReplicas(1, 'redis, single', { single }, { maxEntries: 100 })
  for (const subject of ['d', 'e']) await revoke(large ?? never(), subject)
  // It cannot hold what there is: so it cannot tell.
  const another = await startReplica('redis, single', { single }, small)
  await expect(another.source.preload()).rejects.toThrow('no more fit in')
  expect(await isRevoked(another, 'x')).toBeUndefined()
  expect(another.source.state?.()).toBe('down')
})

it.each([
  ['nothing', {}],
  ['an unknown member', { sub: 'user' }],
  ['an undefined one', { subject: undefined }],
  ['an empty one', { subject: '' }],
  ['a long one', { subject: 'x'.repeat(513) }],
  ['too much', { issuer: '€'.repeat(512), subject: '€'.repeat(512), clientId: '€'.repeat(512) }],
])('refuses to revoke %s', async (_, tokens) => {
  const single = await startServer()
  const [one] = await startReplicas(1, 'redis, single', { single })
  await expect(one?.source.revoke(tokens as RevokedTokens)).rejects.toThrow(TypeError)
  expect(await single.send('EXISTS', '{revocations:}epochs')).toBe(':0')
  expect(await isRevoked(one ?? never(), 'user')).toBe(false)
})

it('a Redis that is full takes no more, and is read all the same', async () => {
  const single = await startServer()
  const [one, other] = await startReplicas(2, 'redis, single', { single }, { interval: 0.1 })
  await revoke(one ?? never(), 'user')
  await single.send('CONFIG', 'SET', 'maxmemory', '1')
  await expect(revoke(one ?? never(), 'later')).rejects.toThrow('OOM')
  expect(await refusedByAll([one ?? never(), other ?? never()], 'user')).toBeLessThan(10)
  expect([one?.source.state?.(), other?.source.state?.()]).toEqual(['up', 'up'])
  await single.send('CONFIG', 'SET', 'maxmemory', '0')
  // It was not asked again.
  await refusedByAll([one ?? never(), other ?? never()], 'later')
})

it('needs no more rights than the README says', async () => {
  const single = await startServer()
  const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8')
  const rights = /`(~\{revocations:\}\* [^`]*)`/.exec(readme)?.[1] ?? ''
  // Of the clients themselves.
  await single.send('ACL', 'SETUSER', 'api', 'reset', 'on', '>x', '+ping', '+hello', ...rights.split(' '))
  const url = `redis://api:x@127.0.0.1:${single.port}`
  const client = await createClient({ url }).connect()
  const source = redisRevocations(client)
  onTestFinished(async () => {
    await source.close()
    client.destroy()
  })
  await source.preload()
  await source.revoke({ subject: 'user' })
  await single.send('ZADD', '{revocations:}epochs', '1', '{"subject":"old"}')
  await single.send('ZADD', '{revocations:}log', '100', '{"subject":"older"}')
  await source.revoke({ subject: 'another' })
  await source.preload()
  await eventually('it listens', async () => (await subscribers(single)) === 1)
})

it('answers nothing after it was closed', async () => {
  const single = await startServer()
  const [one] = await startReplicas(1, 'ioredis, single', { single })
  await one?.source.close()
  await one?.source.close()
  expect(() => one?.source.check(tokenOf('user'))).toThrow('closed')
  await expect(one?.source.revoke({ subject: 'user' })).rejects.toThrow('closed')
  expect(one?.source.state?.()).toBe('down')
  await eventually('no subscriber', async () => (await subscribers(single)) === 0)
})

async function subscribers(server: { send(...command: string[]): Promise<string> }): Promise<number> {
  return Number(/:(\d+)$/.exec(await server.send('PUBSUB', 'NUMSUB', '{revocations:}news'))?.[1])
}

function never(): never {
  throw new Error('no replica')
}
