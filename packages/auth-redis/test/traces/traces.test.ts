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

  it('keeps the newest, the last of a name, and no more', async () => {
    const store = await storeOf(kind, { max: 3, prefix: newKey() })
    for (const id of ['a', 'b', 'c', 'a', 'd']) await store.put(id, `text of ${id} ä€`, 30)
    expect(await Promise.all(['a', 'b', 'c', 'd'].map((id) => store.get(id)))).toEqual([
      'text of a ä€',
      undefined,
      'text of c ä€',
      'text of d ä€',
    ])
  })

  it('is gone when its time is over, and so are the keys', async () => {
    const prefix = newKey()
    const store = await storeOf(kind, { prefix })
    await store.put('long', 'x', 60)
    await store.put('short', 'x', 1)
    await eventually('it is gone', async () => (await store.get('short')) === undefined)
    await eventually('all are', async () => (await server.send('EXISTS', `${prefix}{traces}:texts`)) === ':0')
  })

  it('rejects while Redis hangs, for so many at once', async () => {
    const single = await startRedis()
    onTestFinished(() => single.close())
    const store = await storeOf(kind, { timeout: 0.3 }, single)
    single.freeze()
    const outcomes = await Promise.allSettled(Array.from({ length: 120 }, () => store.put('a', 'x', 30)))
    const messages = outcomes.map((one) => (one.status === 'rejected' ? String(one.reason) : 'answered'))
    expect(messages.filter((one) => one.includes('100 commands are waiting'))).toHaveLength(20)
    expect(messages.filter((one) => one.includes('no answer'))).toHaveLength(100)
    single.thaw()
  })
})

it.each(['', 'a b', '../x', 'x'.repeat(129), '*', 'a\n'])('the name %j is none: nothing is asked', async (id) => {
  const store = await storeOf('ioredis, single')
  expect(await store.get(id)).toBeUndefined()
  await expect(store.put(id, 'x', 30)).rejects.toThrow(RangeError)
})

it.each([
  ['a long text', '€'.repeat(11 * 1024), 30],
  ['no time', 'x', 0],
  ['no number', 'x', NaN],
  ['for ever', 'x', Infinity],
])('%s is not kept', async (_, text, seconds) => {
  const store = await storeOf('redis, single')
  await expect(store.put('a', text, seconds)).rejects.toThrow(RangeError)
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
