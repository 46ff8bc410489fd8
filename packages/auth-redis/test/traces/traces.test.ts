import { readFileSync } from 'node:fs'

import { createResourceServer } from '@acme/auth-core'
import { eventually, startRedis } from '@acme/tests-servers'
import type { RedisServer } from '@acme/tests-servers'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'

import { redisTraceStore } from '../../src/traces.js'
import type { RedisTraceStore, RedisTraceStoreOptions } from '../../src/traces.js'
import { kindsOf, openClient } from '../clients.js'
import type { ClientKind } from '../clients.js'
import { newKey } from '../fake-client.js'

let server: RedisServer

beforeAll(async () => {
  server = await startRedis()
})
afterAll(() => server.close())

async function storeOf(
  kind: ClientKind,
  options?: RedisTraceStoreOptions,
  single: RedisServer = server,
): Promise<RedisTraceStore> {
  const { client, close } = await openClient[kind]({ single })
  onTestFinished(close)
  return redisTraceStore(client, options)
}

const request = {
  method: 'GET',
  target: '/items',
  rawHeaders: ['Host', 'api.test', 'X-Request-Id', 'id-1'],
  scheme: 'https',
  peer: undefined,
  trustedHops: () => 0,
}

describe.each(kindsOf('single'))('%s', (kind) => {
  it('what one replica refused another tells why', async () => {
    const options = { issuer: 'https://issuer.test/', audience: 'https://api.test/' }
    const [one, other] = [await storeOf(kind), await storeOf(kind)].map((store) =>
      createResourceServer({ ...options, traces: { store } }),
    )
    expect((await one?.authenticate({ ...request, identity: {} }))?.ok).toBe(false)
    await eventually('it is there', async () => (await other?.trace('id-1')) !== undefined)
    expect(await other?.trace('id-1')).toEqual(await one?.trace('id-1'))
    expect(other?.traces()).toEqual([])
  })

  it.each(['texts', 'order', 'count', 'kinds', 'sizes'])(
    'stays bounded where Redis has dropped its %s',
    async (lost) => {
      const prefix = newKey()
      const [store, { client, close }] = [
        await storeOf(kind, { max: 3, prefix }),
        await openClient[kind]({ single: server }),
      ]
      onTestFinished(close)
      const ids = ['a', 'b', 'c', 'd', 'e', 'f', 'g']
      for (const id of ids.slice(0, 3)) await store.put(id, 'text', 30, 'kind')
      await client.del([`${prefix}{traces}:${lost}`])
      for (const id of ids.slice(3)) await store.put(id, 'text', 30, 'kind')
      const kept = await Promise.all(ids.map((id) => store.get(id)))
      expect(kept.map((texts) => texts.length)).toEqual([0, 0, 0, 0, 1, 1, 1])
    },
  )

  it('keeps so many names, and of the largest kind the newest', async () => {
    const store = await storeOf(kind, { max: 3, prefix: newKey() })
    for (const id of ['a', 'b', 'c', 'd']) await store.put(id, `text of ${id} ä€`, 30, id === 'a' ? 'rare' : 'often')
    expect(await Promise.all(['a', 'b', 'c', 'd'].map((id) => store.get(id)))).toEqual([
      ['text of a ä€'],
      [],
      ['text of c ä€'],
      ['text of d ä€'],
    ])
  })

  it('keeps the first of a name, whoever sends it again, and the newest three', async () => {
    const store = await storeOf(kind, { prefix: newKey() })
    for (const text of ['first', 'b', 'c', 'd', 'e']) await store.put('a', text, 30, text)
    expect(await store.get('a')).toEqual(['first', 'c', 'd', 'e'])
    for (const text of ['y', 'z']) await store.put('large', text.repeat(32 * 1024), 30, 'k')
    await store.put('large', 'x'.repeat(32 * 1024), 30, 'k')
    expect((await store.get('large')).map((text) => text.slice(0, 1))).toEqual(['y', 'x'])
  })

  it('a flood of one kind leaves the others', async () => {
    const prefix = newKey()
    const store = await storeOf(kind, { max: 150, prefix })
    for (let index = 0; index < 110; index++) await store.put(`v${index}`, 'x', 30, `kind ${index % 20}`)
    await Promise.all(Array.from({ length: 90 }, (_, index) => store.put(`a${index}`, 'x', 30, 'flood')))
    await Promise.all(Array.from({ length: 90 }, (_, index) => store.put(`b${index}`, 'x', 30, 'flood')))
    expect(await store.get('v0')).toEqual(['x'])
    expect(await store.get('v109')).toEqual(['x'])
    expect(await store.get('b89')).toEqual(['x'])
    expect(await store.get('a0')).toEqual([])
    expect(await server.send('ZCARD', `${prefix}{traces}:order`)).toBe(':150')
    expect(await server.send('HLEN', `${prefix}{traces}:texts`)).toBe(':150')
    expect(await server.send('HLEN', `${prefix}{traces}:kinds`)).toBe(':150')
    expect(await server.send('HGET', `${prefix}{traces}:sizes`, 'flood')).toContain('40')
  })

  it('a part of it that Redis has evicted does no harm', async () => {
    const prefix = newKey()
    const store = await storeOf(kind, { max: 2, prefix })
    for (const part of ['kinds', 'sizes', 'texts', 'count']) {
      await store.put('a', 'x', 30, 'k')
      await server.send('DEL', `${prefix}{traces}:${part}`)
      for (const id of ['b', 'c', 'd']) await store.put(id, 'x', 30, 'k')
      expect((await store.get('d'))[0]).toBe('x')
      expect(await server.send('ZCARD', `${prefix}{traces}:order`)).toBe(':2')
    }
  })

  it('is gone when its time is over, and so are the keys', async () => {
    const prefix = newKey()
    const store = await storeOf(kind, { prefix })
    await store.put('long', 'x', 60, 'k')
    await store.put('short', 'x', 1, 'k')
    await eventually('it is gone', async () => (await store.get('short')).length === 0)
    await eventually('all are', async () => (await server.send('EXISTS', `${prefix}{traces}:texts`)) === ':0')
  })

  it('rejects while Redis hangs, for so many at once', async () => {
    const single = await startRedis()
    onTestFinished(() => single.close())
    const store = await storeOf(kind, { timeout: 0.3 }, single)
    single.freeze()
    const outcomes = await Promise.allSettled(Array.from({ length: 120 }, () => store.put('a', 'x', 30, 'k')))
    const messages = outcomes.map((one) => (one.status === 'rejected' ? String(one.reason) : 'answered'))
    expect(messages.filter((one) => one.includes('100 commands are waiting'))).toHaveLength(20)
    expect(messages.filter((one) => one.includes('no answer'))).toHaveLength(100)
    single.thaw()
  })
})

it.each(['', 'a b', '../x', 'x'.repeat(129), '*', 'a\n'])('the name %j is none: nothing is asked', async (id) => {
  const store = await storeOf('ioredis, single')
  expect(await store.get(id)).toEqual([])
  await expect(store.put(id, 'x', 30, 'k')).rejects.toThrow(RangeError)
})

it.each([
  ['a long text', '€'.repeat(11 * 1024), 30, 'k'],
  ['no time', 'x', 0, 'k'],
  ['no number', 'x', NaN, 'k'],
  ['for ever', 'x', Infinity, 'k'],
  ['a long kind', 'x', 30, 'k'.repeat(101)],
])('%s is not kept', async (_, text, seconds, kind) => {
  const store = await storeOf('redis, single')
  await expect(store.put('a', text, seconds, kind)).rejects.toThrow(RangeError)
})

it.each([undefined, null, {}, { eval: () => 1 }, 'redis://'])('the client %j is none', (client) => {
  expect(() => redisTraceStore(client as never)).toThrow(TypeError) // as JavaScript might
})

it.each([{ timeout: 0 }, { prefix: 1 }, { max: 0 }, { max: 10_001 }, { max: '1' }, { ttl: 1 }, null])(
  'the options %j are wrong',
  async (options) => {
    const { client, close } = await openClient['redis, single']({ single: server })
    onTestFinished(close)
    expect(() => redisTraceStore(client as never, options as never)).toThrow(TypeError) // as above
  },
)

it('needs no more of Redis than the README says', async () => {
  const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8')
  const [, rules = ''] = /With ACLs it needs `(~traces:[^`]*\+zrem[^`]*)`/.exec(readme) ?? []
  const single = await startRedis()
  onTestFinished(() => single.close())
  const store = await storeOf('ioredis, single', { max: 1 }, single)
  await store.put('a', 'x', 30, 'k')
  // And PING, by which a test sees the end of a reply.
  await single.send('ACL', 'SETUSER', 'default', 'resetkeys', '-@all', '+ping', ...rules.split(' '))
  for (const id of ['b', 'c']) await store.put(id, 'x', 30, 'k')
  expect(await store.get('c')).toEqual(['x'])
})

describe('no refusal waits for Redis, or changes', () => {
  const options = { issuer: 'https://issuer.test/', audience: 'https://api.test/' }
  async function refusals(store: RedisTraceStore): Promise<{ statuses: number[]; kept: number }> {
    const api = createResourceServer({ ...options, traces: { store } })
    const statuses = new Set<number>()
    for (let sent = 0; sent < 150; sent++) {
      const outcome = await api.authenticate({ ...request, identity: {} })
      statuses.add(outcome.ok ? 200 : outcome.status)
    }
    expect((await api.trace('id-1'))?.reason).toBe('credentials_missing')
    return { statuses: [...statuses], kept: api.traces().length }
  }

  it.each(kindsOf('single'))('that hangs, by %s', async (kind) => {
    const single = await startRedis()
    onTestFinished(() => single.close())
    const store = await storeOf(kind, { timeout: 0.3 }, single)
    single.freeze()
    expect(await refusals(store)).toEqual({ statuses: [401], kept: 4 })
    single.thaw()
  })

  it('that is gone', async () => {
    const single = await startRedis()
    const store = await storeOf('ioredis, single', { timeout: 0.3 }, single)
    await single.close()
    expect(await refusals(store)).toEqual({ statuses: [401], kept: 4 })
  })

  it('that is full', async () => {
    const single = await startRedis()
    onTestFinished(() => single.close())
    await single.send('CONFIG', 'SET', 'maxmemory', '1')
    const store = await storeOf('redis, single', {}, single)
    expect(await refusals(store)).toEqual({ statuses: [401], kept: 4 })
    await expect(store.put('a', 'x', 30, 'k')).rejects.toThrow(/OOM/)
  })
})
