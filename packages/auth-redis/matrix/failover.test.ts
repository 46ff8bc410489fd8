import { eventually } from '@acme/tests-servers'
import { describe, expect, it } from 'vitest'

import { redisReplayStore } from '../src/index.js'
import { kindsOf } from '../test/clients.js'
import { newKey, newSender } from '../test/fake-client.js'
import { answersAgain, soon, startForTest } from '../test/outages.js'

describe.each(kindsOf('Sentinel'))('%s', (kind) => {
  it('goes on with the new master after a failover, and knows what it had got', async () => {
    const { backend, client } = await startForTest(kind)
    const store = redisReplayStore(client.client, { timeout: 1 })
    const key = newKey()
    expect(await store.reserve(key, soon(), newSender())).toBe('reserved')
    await eventually(
      'the replica has it',
      async () => (await backend.servers[1]?.send('EXISTS', `dpop:${key}`)) === ':1',
    )
    await backend.sentinel?.master.kill()
    await expect(store.reserve(newKey(), soon(), newSender())).rejects.toThrow()
    await backend.sentinel?.failover()
    await answersAgain(() => store.reserve(newKey(), soon(), newSender()))
    expect(await store.reserve(key, soon(), newSender())).toBe('seen')
  })
})

describe.each(kindsOf('Cluster'))('%s', (kind) => {
  it('refuses what belongs to a node that is down, and goes on with the others', async () => {
    // Without it the whole cluster stops when a part of the slots is not covered.
    const { backend, client } = await startForTest(kind, ['--cluster-require-full-coverage', 'no'])
    const store = redisReplayStore(client.client, { timeout: 1 })
    await backend.servers[0]?.kill()
    const outcomes = await Promise.allSettled(
      Array.from({ length: 60 }, () => store.reserve(newKey(), soon(), newSender())),
    )
    const statuses = new Set(outcomes.map(({ status }) => status))
    expect(statuses).toEqual(new Set(['fulfilled', 'rejected']))
    await backend.servers[0]?.start()
    await eventually('all nodes', async () => {
      const all = await Promise.allSettled(
        Array.from({ length: 60 }, () => store.reserve(newKey(), soon(), newSender())),
      )
      return all.every(({ status }) => status === 'fulfilled')
    })
  })
})
