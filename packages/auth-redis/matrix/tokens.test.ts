import { startRedisCluster, startRedisSentinel } from '@acme/tests-servers'
import type { RedisCluster, RedisSentinel } from '@acme/tests-servers'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { redisLock, redisTokenStore } from '../src/tokens.js'
import { kindsOf, openClient } from '../test/clients.js'

let cluster: RedisCluster
let sentinel: RedisSentinel

beforeAll(async () => {
  cluster = await startRedisCluster()
  sentinel = await startRedisSentinel()
})

afterAll(async () => {
  await cluster.close()
  await sentinel.close()
})

describe.each([...kindsOf('Cluster'), ...kindsOf('Sentinel')])('%s', (kind) => {
  it('keeps tokens, and gives the lock to one at a time', async () => {
    const { client, close } = await openClient[kind]({ cluster, sentinel })
    const store = redisTokenStore(client, { encryption: { keys: [new Uint8Array(32).fill(7)] }, prefix: `${kind}:` })
    const lock = redisLock(client, { prefix: `${kind}:lock:` })
    const add = async (): Promise<void> => {
      const before = await store.get('count')
      const tokens = { version: crypto.randomUUID(), value: String(Number(before?.value ?? 0) + 1) }
      expect(await store.set('count', tokens, { expected: before?.version, ttl: 60 })).toBe(true)
    }
    await Promise.all(Array.from({ length: 10 }, () => lock.withLock('count', add)))
    expect((await store.get('count'))?.value).toBe('10')
    close()
  })
})
