import { eventually, startRedis } from '@acme/tests-servers'
import type { RedisServer } from '@acme/tests-servers'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'

import { redisTicketStore } from '../../src/tickets.js'
import type { RedisTicketStore, RedisTicketStoreOptions } from '../../src/tickets.js'
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
  options?: RedisTicketStoreOptions,
  single: RedisServer = server,
): Promise<RedisTicketStore> {
  const { client, close } = await openClient[kind]({ single })
  onTestFinished(close)
  return redisTicketStore(client, options)
}

describe.each(kindsOf('single'))('%s', (kind) => {
  it('what one puts another takes, once', async () => {
    const [one, other] = [await storeOf(kind), await storeOf(kind)]
    const id = newKey()
    await one.put(id, 'sealed: ä€', 30)
    expect(Number((await server.send('PTTL', `tickets:${id}`)).slice(1))).toBeGreaterThan(29_000)
    expect(await other.take(id)).toBe('sealed: ä€')
    expect(await other.take(id)).toBeUndefined()
    expect(await one.take(id)).toBeUndefined()
  })

  it('gives it to one of many that ask at once', async () => {
    const [one, other] = [await storeOf(kind), await storeOf(kind)]
    const id = newKey()
    await one.put(id, 'sealed', 30)
    const answers = await Promise.all(Array.from({ length: 50 }, (_, index) => (index % 2 ? one : other).take(id)))
    expect(answers.filter((answer) => answer === 'sealed')).toHaveLength(1)
    expect(answers.filter((answer) => answer === undefined)).toHaveLength(49)
  })

  it('is gone when its time is over', async () => {
    const store = await storeOf(kind)
    const id = newKey()
    await store.put(id, 'sealed', 0.05)
    await eventually('it is gone', async () => (await server.send('EXISTS', `tickets:${id}`)) === ':0')
    expect(await store.take(id)).toBeUndefined()
  })

  it('does not replace a ticket, and takes its own that was sent again', async () => {
    const store = await storeOf(kind)
    const id = newKey()
    await store.put(id, 'sealed', 30)
    await store.put(id, 'sealed', 30)
    await expect(store.put(id, 'another', 30)).rejects.toThrow('there is a ticket of that name')
    expect(await store.take(id)).toBe('sealed')
  })

  it('rejects while Redis hangs, and when it is gone', async () => {
    const single = await startRedis()
    onTestFinished(() => single.close())
    const store = await storeOf(kind, { timeout: 0.3 }, single)
    single.freeze()
    await expect(store.put(newKey(), 'sealed', 30)).rejects.toThrow('no answer from Redis within 0.3 s')
    await expect(store.take(newKey())).rejects.toThrow('no answer from Redis within 0.3 s')
    single.thaw()
    await eventually('it answers', () =>
      store.take(newKey()).then(
        (answer) => answer === undefined,
        () => false,
      ),
    )
    await single.kill()
    await expect(store.take(newKey())).rejects.toThrow()
    await expect(store.put(newKey(), 'sealed', 30)).rejects.toThrow()
  })

  it('rejects when Redis is full, and what is no text', async () => {
    const store = await storeOf(kind)
    const id = newKey()
    await server.send('LPUSH', `tickets:${id}`, 'x')
    await expect(store.take(id)).rejects.toThrow('WRONGTYPE')
    await server.send('CONFIG', 'SET', 'maxmemory', '1')
    await expect(store.put(newKey(), 'sealed', 30)).rejects.toThrow('OOM')
    await server.send('CONFIG', 'SET', 'maxmemory', '0')
  })

  it('holds no more than 1,000 commands for a server that hangs', async () => {
    const single = await startRedis()
    onTestFinished(() => single.close())
    const store = await storeOf(kind, { timeout: 0.3 }, single)
    single.freeze()
    const outcomes = await Promise.allSettled(Array.from({ length: 1100 }, () => store.take(newKey())))
    const messages = outcomes.map((one) => (one.status === 'rejected' ? String(one.reason) : 'answered'))
    expect(messages.filter((one) => one.includes('1000 commands are waiting'))).toHaveLength(100)
    expect(messages.filter((one) => one.includes('no answer'))).toHaveLength(1000)
    single.thaw()
  })
})

it('two prefixes are two stores', async () => {
  const [one, other] = [
    await storeOf('redis, single', { prefix: 'a:' }),
    await storeOf('redis, single', { prefix: 'b:' }),
  ]
  const id = newKey()
  await one.put(id, 'sealed', 30)
  expect(await other.take(id)).toBeUndefined()
  expect(await one.take(id)).toBe('sealed')
})

it.each(['', 'x', `${newKey()}=`, `${newKey()}\n`, '*'.repeat(43), '../'.repeat(20)])(
  'the name %j is none: nothing is asked',
  async (id) => {
    const store = await storeOf('ioredis, single')
    expect(await store.take(id)).toBeUndefined()
    await expect(store.put(id, 'sealed', 30)).rejects.toThrow(RangeError)
  },
)

it.each([
  ['a long text', 'x'.repeat(32 * 1024 + 1), 30],
  ['a long text in bytes', '€'.repeat(12 * 1024), 30],
  ['no time', 'sealed', 0],
  ['no number', 'sealed', NaN],
  ['for ever', 'sealed', Infinity],
  ['less than nothing', 'sealed', -1],
])('%s is not kept, nor shown', async (_, sealed, seconds) => {
  const store = await storeOf('redis, single')
  await expect(store.put(newKey(), sealed, seconds)).rejects.toThrow(RangeError)
  await store.put(newKey(), 'x'.repeat(32 * 1024), 1)
})

it.each([undefined, null, {}, { get: () => 1 }, 'redis://', new Map()])('the client %j is none', (client) => {
  expect(() => redisTicketStore(client as never)).toThrow(TypeError) // as JavaScript might
})

it.each([{ timeout: 0 }, { timeout: '1' }, { prefix: 1 }, { prefix: 'x'.repeat(101) }, { ttl: 1 }, null])(
  'the options %j are wrong',
  async (options) => {
    const { client, close } = await openClient['redis, single']({ single: server })
    onTestFinished(close)
    expect(() => redisTicketStore(client as never, options as never)).toThrow(TypeError) // as above
  },
)
