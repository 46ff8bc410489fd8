import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { redisReplayStore } from '../src/index.js'
import type { RedisReplayStoreOptions } from '../src/index.js'
import { openClient } from './clients.js'
import { fakeClient, newKey, newSender, NOW, now } from './fake-client.js'
import { startBackend } from './subject.js'
import type { Backend } from './subject.js'

/** What is sent for a proof that is acceptable until then. */
async function sent(until: number, options: RedisReplayStoreOptions = {}): Promise<unknown[] | undefined> {
  const { client, commands } = fakeClient(async () => 'OK')
  const key = newKey()
  await redisReplayStore(client, { now, ...options }).reserve(key, until, newSender())
  return commands[0]?.map((part) => (typeof part === 'string' ? part.replace(key, 'KEY') : part))
}

describe('the command', () => {
  it('is SET with NX and the time that is left, clock tolerance included', async () => {
    expect(await sent(NOW + 330)).toEqual(['dpop:KEY', expect.stringMatching(/^\d{16}$/), 'PX', 335_000, 'NX'])
  })

  it('has another prefix and clock tolerance', async () => {
    const options = { prefix: 'my-api:', clockTolerance: 0 }
    expect(await sent(NOW + 330, options)).toEqual([
      'my-api:KEY',
      expect.stringMatching(/^\d{16}$/),
      'PX',
      330_000,
      'NX',
    ])
  })

  it.each([
    [0.0001, 1],
    [0.001, 1],
    [0.0011, 2],
    [1.0001, 1001],
    [329.9994, 330_000],
  ])('is rounded up: %d s are %d ms', async (seconds, milliseconds) => {
    expect((await sent(NOW + seconds, { clockTolerance: 0 }))?.[3]).toBeGreaterThanOrEqual(milliseconds)
    expect((await sent(NOW + seconds, { clockTolerance: 0 }))?.[3]).toBeLessThanOrEqual(milliseconds + 1)
  })

  it.each([0, -0.5, -100])('asks for the least when %d s are left', async (seconds) => {
    expect((await sent(NOW + seconds, { clockTolerance: 0 }))?.[3]).toBe(1)
  })

  it.each([NaN, Infinity, 1e300])('is not sent for a time that is none: %d', async (until) => {
    const { client, commands } = fakeClient(async () => 'OK')
    await expect(redisReplayStore(client, { now }).reserve(newKey(), until, newSender())).rejects.toThrow(
      'a proof cannot be kept until',
    )
    expect(commands).toEqual([])
  })
})

describe('a reply', () => {
  it.each([undefined, 'QUEUED', 'ok', '', 'reserved', 0, 1, true, {}, [], ['OK'], Buffer.from('OK')])(
    'that is %o is a fault',
    async (reply) => {
      const { client } = fakeClient(async () => reply)
      await expect(redisReplayStore(client).reserve(newKey(), NOW, newSender())).rejects.toThrow(
        'Redis gave neither of the two replies',
      )
    },
  )

  it('that the client throws instead of rejecting is a fault', async () => {
    const { client } = fakeClient(() => {
      throw new Error('closed')
    })
    await expect(redisReplayStore(client).reserve(newKey(), NOW, newSender())).rejects.toThrow('closed')
  })
})

describe('commands that wait', () => {
  it('are bounded: Redis does not answer, and requests keep coming', async () => {
    const { client, commands } = fakeClient(() => new Promise(() => undefined))
    const store = redisReplayStore(client, { timeout: 0.05 })
    const outcomes = await Promise.allSettled(
      Array.from({ length: 10_100 }, () => store.reserve(newKey(), NOW, newSender())),
    )
    expect(outcomes.filter(({ status }) => status === 'rejected')).toHaveLength(10_100)
    expect(commands).toHaveLength(10_000)
    await expect(store.reserve(newKey(), NOW, newSender())).rejects.toThrow('10000 commands are waiting for Redis')
  })

  it('make room when they are answered', async () => {
    const answers: ((reply: string) => void)[] = []
    const { client } = fakeClient(() => new Promise((resolve) => answers.push(resolve)))
    const store = redisReplayStore(client, { timeout: 0.05 })
    await Promise.allSettled(Array.from({ length: 10_000 }, () => store.reserve(newKey(), NOW, newSender())))
    for (const answer of answers.splice(0)) answer('OK')
    await new Promise((resolve) => setImmediate(resolve))
    const next = store.reserve(newKey(), NOW, newSender())
    answers.pop()?.('OK')
    expect(await next).toBe('reserved')
  })
})

describe('on a real Redis', () => {
  let backend: Backend
  beforeAll(async () => {
    backend = await startBackend('redis, single', [])
  })
  afterAll(() => backend.close())

  it('the two libraries see each other, and the value holds nothing', async () => {
    const [one, other] = [await openClient['redis, single'](backend), await openClient['ioredis, single'](backend)]
    const key = newKey()
    const until = Date.now() / 1000 + 60
    const results = [
      await redisReplayStore(one.client).reserve(key, until, newSender()),
      await redisReplayStore(other.client).reserve(key, until, newSender()),
    ]
    expect(results).toEqual(['reserved', 'seen'])
    expect(await backend.servers[0]?.send('GET', `dpop:${key}`)).toBe('$1\r\n1')
    one.close()
    other.close()
  })

  it('a replica whose clock is behind accepts no replay', async () => {
    const { client, close } = await openClient['redis, single'](backend)
    const behind = (seconds: number) => () => Date.now() / 1000 - seconds
    const key = newKey()
    const until = Date.now() / 1000 + 1
    const first = redisReplayStore(client, { clockTolerance: 5 })
    const second = redisReplayStore(client, { clockTolerance: 5, now: behind(4) })
    expect(await first.reserve(key, until, newSender())).toBe('reserved')
    const left = Number((await backend.servers[0]?.send('PTTL', `dpop:${key}`))?.slice(1))
    // For the second one the proof is acceptable until five seconds from now.
    expect(left).toBeGreaterThan(5000)
    expect(await second.reserve(key, until, newSender())).toBe('seen')
    close()
  })

  it('two prefixes are two stores', async () => {
    const { client, close } = await openClient['ioredis, single'](backend)
    const key = newKey()
    const until = Date.now() / 1000 + 60
    const results = [
      await redisReplayStore(client, { prefix: 'a:' }).reserve(key, until, newSender()),
      await redisReplayStore(client, { prefix: 'b:' }).reserve(key, until, newSender()),
    ]
    expect(results).toEqual(['reserved', 'reserved'])
    close()
  })
})
