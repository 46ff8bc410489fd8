import { eventually } from '@acme/tests-servers'
import { describe, expect, it } from 'vitest'

import { redisReplayStore } from '../src/index.js'
import type { RedisReplayEvent } from '../src/index.js'
import { kindsOf } from './clients.js'
import { newKey, newSender } from './fake-client.js'
import { answersAgain, openForTest, soon, startForTest } from './outages.js'

function isReady(client: object): boolean {
  return Reflect.get(client, 'isReady') === true || Reflect.get(client, 'status') === 'ready'
}

describe.each(kindsOf('single'))('%s', (kind) => {
  // The reply is lost, not the reservation: the client that tries again with a new proof gets through.
  it('refuses the proof of a request that was given up, and takes the next one', async () => {
    const { backend, client } = await startForTest(kind)
    const store = redisReplayStore(client.client, { timeout: 1 })
    const [key, next] = [newKey(), newKey()]
    backend.servers[0]?.freeze()
    await expect(store.reserve(key, soon(), newSender())).rejects.toThrow('no answer from Redis within 1 s')
    backend.servers[0]?.thaw()
    await answersAgain(() => store.reserve(next, soon(), newSender()))
    expect(await store.reserve(key, soon(), newSender())).toBe('seen')
  })

  it('says when Redis goes, and when it is back', async () => {
    const { backend, client } = await startForTest(kind)
    const events: RedisReplayEvent[] = []
    const store = redisReplayStore(client.client, { timeout: 1, onEvent: (event) => events.push(event) })
    await store.reserve(newKey(), soon(), newSender())
    await backend.servers[0]?.kill()
    for (let i = 0; i < 3; i++) await expect(store.reserve(newKey(), soon(), newSender())).rejects.toThrow()
    expect(events).toEqual([
      { type: 'replay-store', state: 'down', whenDown: 'refuse', detail: expect.any(String), cause: expect.any(Error) },
    ])
    await backend.servers[0]?.start()
    await eventually('the event', async () => {
      await store.reserve(newKey(), soon(), newSender()).catch(() => undefined)
      return events.length > 1
    })
    expect(events[1]).toEqual({
      type: 'replay-store',
      state: 'up',
      whenDown: 'refuse',
      detail: undefined,
      cause: undefined,
    })
  })

  it('falls back to memory, and other replicas learn what waited in the queue', async () => {
    // Without a file: while Redis loads one, it turns commands away, and `redis` does not send them again.
    const { backend, client } = await startForTest(kind, [])
    const other = await openForTest(kind, backend)
    const store = redisReplayStore(client.client, { timeout: 1, whenDown: 'memory' })
    const [before, during] = [newKey(), newKey()]
    expect(await store.reserve(before, soon(), newSender())).toBe('reserved')
    await backend.servers[0]?.kill()
    // A command that is sent into a connection that is just breaking is not queued.
    await eventually('a client that noticed', async () => !isReady(client.client))
    expect(await store.reserve(during, soon(), newSender())).toBe('reserved')
    expect(await store.reserve(during, soon(), newSender())).toBe('seen')
    expect(await store.reserve(before, soon(), newSender())).toBe('seen')
    await backend.servers[0]?.start()
    await eventually(
      'the queued command',
      async () => (await backend.servers[0]?.send('EXISTS', `dpop:${during}`)) === ':1',
    )
    expect(await redisReplayStore(other.client).reserve(during, soon(), newSender())).toBe('seen')
    expect(await store.reserve(during, soon(), newSender())).toBe('seen')
  })

  it('refuses when Redis is a replica, and when it lacks the right', async () => {
    const { backend, client } = await startForTest(kind)
    const store = redisReplayStore(client.client)
    await backend.servers[0]?.send('REPLICAOF', '127.0.0.1', '1')
    await expect(store.reserve(newKey(), soon(), newSender())).rejects.toThrow(/READONLY|MASTERDOWN/)
    await backend.servers[0]?.send('REPLICAOF', 'NO', 'ONE')
    await backend.servers[0]?.send('ACL', 'SETUSER', 'default', '-set')
    await expect(store.reserve(newKey(), soon(), newSender())).rejects.toThrow('NOPERM')
  })

  it('refuses when the client was closed', async () => {
    const { client } = await startForTest(kind)
    const store = redisReplayStore(client.client)
    client.close()
    await expect(store.reserve(newKey(), soon(), newSender())).rejects.toThrow()
  })
})
