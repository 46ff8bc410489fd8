import { spawn } from 'node:child_process'
import { once } from 'node:events'

import { eventually } from '@acme/tests-servers'
import { Cluster, Redis } from 'ioredis'
import { createClient, createCluster, createSentinel } from 'redis'
import { describe, expect, it, onTestFinished } from 'vitest'

import { redisRevocations } from '../../src/revocations.js'
import type { RedisRevocationsClient } from '../../src/revocations.js'
import { openClient } from '../clients.js'
import { isRevoked, refusedByAll, revoke, startReplica, startReplicas, startServer } from './replicas.js'

describe('a client', () => {
  // None of them connects: a source that is not used opens nothing.
  it.each([
    ['redis, single', () => createClient()],
    ['redis, Cluster', () => createCluster({ rootNodes: [{ url: 'redis://127.0.0.1:1' }] })],
    ['redis, Sentinel', () => createSentinel({ name: 'x', sentinelRootNodes: [{ host: '127.0.0.1', port: 1 }] })],
    ['ioredis, single', () => new Redis({ lazyConnect: true })],
    ['ioredis, Cluster', () => new Cluster([{ host: '127.0.0.1', port: 1 }], { lazyConnect: true })],
  ] satisfies [string, () => RedisRevocationsClient][])('of %s is accepted', async (_, create) => {
    const source = redisRevocations(create())
    expect([source.name, source.state(), source.onFailure]).toEqual(['redis', 'down', 'closed'])
    await source.close()
  })

  it.each([
    ['undefined', undefined],
    ['a URL', 'redis://127.0.0.1'],
    ['a Map', new Map()],
    ['a transaction', createClient().multi()],
    ['a pool, which has no duplicate', createClient().createPool()],
  ])('that is %s throws a TypeError', (_, client) => {
    const create = (): unknown => redisRevocations(client as unknown as RedisRevocationsClient) // as JavaScript might
    expect(create).toThrow(TypeError)
    expect(create).toThrow(/^client: got .*, want a client of redis .* or ioredis$/)
  })
})

describe('options', () => {
  it.each([
    ['prefix', { prefix: '' }],
    ['prefix', { prefix: '{a}' }],
    ['prefix', { prefix: 'x'.repeat(101) }],
    ['retention', { retention: 0 }],
    ['retention', { retention: Infinity }],
    ['retention', { retention: '1' }],
    ['maxEntries', { maxEntries: 0 }],
    ['maxEntries', { maxEntries: 1.5 }],
    ['maxEntries', { maxEntries: Infinity }],
    ['interval', { interval: 0 }],
    ['interval', { interval: NaN }],
    ['timeout', { timeout: -1 }],
    ['maxStaleness', { maxStaleness: 2 }],
    ['maxStaleness', { maxStaleness: Infinity }],
    ['onFailure', { onFailure: 'ignore' }],
    ['onEvent', { onEvent: 'log' }],
    ['now', { now: 0 }],
    ['subscriber', { subscriber: {} }],
    ['subscriber', { subscriber: 'redis://:secret@127.0.0.1' }],
  ])('%s: %o throws a TypeError that names it', (name, options) => {
    const create = (): unknown => redisRevocations(createClient(), options as never) // as JavaScript might
    expect(create).toThrow(TypeError)
    expect(create).toThrow(new RegExp(`^${name}: got `))
  })

  it('that are misspelt throw', () => {
    const create = (): unknown => redisRevocations(createClient(), { maxStalenes: 1 } as never) // as above
    expect(create).toThrow('unknown option "maxStalenes"')
  })

  it('subscriber: not the client itself, which could send nothing any more', () => {
    const client = createClient()
    expect(() => redisRevocations(client, { subscriber: client })).toThrow(/^subscriber: /)
  })
})

it.each(['redis, single', 'ioredis, single'] as const)('a subscriber of the caller: %s', async (kind) => {
  const single = await startServer()
  const { client: subscriber, close } = await openClient[kind]({ single })
  onTestFinished(close)
  const long = { interval: 60, maxStaleness: 120 }
  const [one] = await startReplicas(1, kind, { single }, { ...long, subscriber })
  const [other] = await startReplicas(1, kind, { single }, long)
  if (one === undefined || other === undefined) throw new Error('no replicas')
  const heard = async (): Promise<string> => (await single.send('PUBSUB', 'NUMSUB', '{revocations:}news')).slice(-2)
  await eventually('both listen', async () => (await heard()) === ':2')
  await revoke(other, 'user')
  expect(await refusedByAll([one, other], 'user')).toBeLessThan(1)
  await one.source.close()
  await eventually('one listens', async () => (await heard()) === ':1')
  // It is the caller's.
  expect(Reflect.get(subscriber, 'isOpen') ?? Reflect.get(subscriber, 'status')).not.toBe('end')
})

it('two prefixes are two sources, and share a Redis', async () => {
  const single = await startServer()
  const [one] = await startReplicas(1, 'redis, single', { single }, { prefix: 'a:' })
  const [other] = await startReplicas(1, 'redis, single', { single }, { prefix: 'b:' })
  if (one === undefined || other === undefined) throw new Error('no replicas')
  await revoke(one, 'user')
  await other.source.preload?.()
  expect([await isRevoked(one, 'user'), await isRevoked(other, 'user')]).toEqual([true, false])
})

it('is given up by core after the policy: onFailure and timeout are handed on', async () => {
  const single = await startServer()
  const { source } = await startReplica('redis, single', { single }, { onFailure: 'open' })
  expect([source.onFailure, source.timeout]).toEqual(['open', undefined])
})

describe('a process ends by itself', () => {
  const program = (client: string): string => `
    import { redisRevocations } from '@acme/auth-redis/revocations'
    ${client}
    client.on('error', () => undefined)
    const source = redisRevocations(client)
    await source.preload()
    await source.revoke({ subject: 'user' })
    await new Promise((resolve) => setTimeout(resolve, 100))
    end()`

  it.each([
    [
      'redis',
      `import { createClient } from 'redis'
       const client = await createClient({ url: process.env.REDIS_URL }).connect()
       const end = () => client.destroy()`,
    ],
    [
      'ioredis',
      `import { Redis } from 'ioredis'
       const client = new Redis(process.env.REDIS_URL)
       const end = () => client.disconnect()`,
    ],
  ])('with a client of %s that was closed, though the source was not', async (_, client) => {
    const single = await startServer()
    const child = spawn(process.execPath, ['--input-type=module', '--eval', program(client)], {
      env: { ...process.env, REDIS_URL: `redis://127.0.0.1:${single.port}` },
      stdio: 'inherit',
    })
    onTestFinished(() => void child.kill('SIGKILL'))
    expect(await once(child, 'exit')).toEqual([0, null])
  })
})
