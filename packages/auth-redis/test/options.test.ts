import { memoryReplayStore } from '@acme/auth-core'
import { Cluster, Redis } from 'ioredis'
import { createClient, createCluster, createSentinel } from 'redis'
import { describe, expect, it } from 'vitest'

import { redisReplayStore } from '../src/index.js'
import type { RedisClient, RedisReplayStoreOptions } from '../src/index.js'
import { fakeClient } from './fake-client.js'

describe('a client', () => {
  // None of them connects.
  it.each([
    ['redis, single', () => createClient()],
    ['redis, Cluster', () => createCluster({ rootNodes: [{ url: 'redis://127.0.0.1:1' }] })],
    ['redis, Sentinel', () => createSentinel({ name: 'x', sentinelRootNodes: [{ host: '127.0.0.1', port: 1 }] })],
    ['redis, pool', () => createClient().createPool()],
    ['ioredis, single', () => new Redis({ lazyConnect: true })],
    [
      'ioredis, Sentinel',
      () => new Redis({ sentinels: [{ host: '127.0.0.1', port: 1 }], name: 'x', lazyConnect: true }),
    ],
    ['ioredis, Cluster', () => new Cluster([{ host: '127.0.0.1', port: 1 }], { lazyConnect: true })],
  ] satisfies [string, () => RedisClient][])('of %s is accepted', (_name, create) => {
    expect(redisReplayStore(create())).toEqual({ reserve: expect.any(Function) })
  })

  it.each([
    ['undefined', undefined],
    ['null', null],
    ['a URL', 'redis://127.0.0.1'],
    ['options', { host: '127.0.0.1', port: 6379 }],
    ['a function', () => undefined],
    ['a Map, which has set', new Map()],
    ['a transaction of redis', createClient().multi()],
    ['a legacy client of redis', createClient().legacy()],
    ['a pipeline of ioredis', new Redis({ lazyConnect: true }).pipeline()],
    ['half of a client', { set: () => undefined, isOpen: true }],
    ['a client with isOpen as a function', { set: () => undefined, sendCommand: () => undefined, isOpen: () => true }],
  ])('that is %s throws a TypeError', (_name, client) => {
    const create = (): unknown => redisReplayStore(client as unknown as RedisClient)
    expect(create).toThrow(TypeError)
    expect(create).toThrow(/^client: got .*, want a client of redis .* or ioredis$/)
  })

  it('is not printed: it may hold a password', () => {
    expect(() => redisReplayStore({ password: 'very-secret' } as unknown as RedisClient)).not.toThrow('very-secret')
  })
})

describe('options', () => {
  const { client } = fakeClient(async () => 'OK')
  const store = memoryReplayStore()

  it.each([
    ['prefix', { prefix: 1 }],
    ['prefix', { prefix: 'x'.repeat(101) }],
    ['timeout', { timeout: 0 }],
    ['timeout', { timeout: -1 }],
    ['timeout', { timeout: NaN }],
    ['timeout', { timeout: Infinity }],
    ['timeout', { timeout: 1e9 }],
    ['timeout', { timeout: '1' }],
    ['clockTolerance', { clockTolerance: -1 }],
    ['clockTolerance', { clockTolerance: NaN }],
    ['clockTolerance', { clockTolerance: null }],
    ['whenDown', { whenDown: 'accept' }],
    ['whenDown', { whenDown: null }],
    ['memory', { whenDown: 'memory', memory: {} }],
    ['memory', { whenDown: 'memory', memory: null }],
    ['memory', { whenDown: 'memory', memory: 'memory' }],
    ['memory', { memory: store }],
    ['memory', { whenDown: 'refuse', memory: store }],
    ['onEvent', { onEvent: 'log' }],
    ['now', { now: 0 }],
  ])('%s: %o throws a TypeError that names it', (name, options) => {
    const create = (): unknown => redisReplayStore(client, options as RedisReplayStoreOptions)
    expect(create).toThrow(TypeError)
    expect(create).toThrow(new RegExp(`^${name}: got .*, want `))
  })

  it.each([null, 'x', 1])('%o are none', (options) => {
    expect(() => redisReplayStore(client, options as unknown as RedisReplayStoreOptions)).toThrow(/^options: got /)
  })

  it('that are misspelt throw', () => {
    const options = { whenDwon: 'memory' } as RedisReplayStoreOptions
    expect(() => redisReplayStore(client, options)).toThrow('unknown option "whenDwon", want one of prefix, timeout')
  })

  it('may be left out, and be undefined', () => {
    const options = { prefix: undefined, timeout: undefined, whenDown: undefined } as unknown as RedisReplayStoreOptions
    expect(redisReplayStore(client, options)).toEqual({ reserve: expect.any(Function) })
  })
})
